"""What databases hold: rows and rules to compare, and a database that this release makes for the same rows."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

import psycopg

from bench.scale.room import manage
from config import cluster, postgres

FRESH = "chengtu_fresh"
OWN = ("spatial_ref_sys", "django_migrations", "django_content_type", "auth_permission", "auth_group_permissions")
"""Filled by each release for itself."""
NEWS = ("spatial_news", "spatial_touched")
DERIVED = (
    *NEWS,
    "spatial_coarse",
    "spatial_coarsestate",
    "spatial_place",
    "spatial_placename",
    "spatial_placedue",
    "spatial_areadue",
)
"""Made of the other rows."""
CODES = ("spatial_code", "spatial_codepattern")
"""Of `load_codes`: a release brings its edition."""
LOOKED = ("spatial_coarse", "spatial_place")
"""What tiles and addresses are answered from: made by upgrade and by a fresh start alike, but for numbers."""
COLUMNS = """SELECT table_name::text, array_agg(column_name::text ORDER BY column_name) FROM information_schema.columns
  JOIN pg_tables ON tablename = table_name AND schemaname = table_schema
 WHERE table_schema = 'public' AND is_generated = 'NEVER' GROUP BY 1 ORDER BY 1"""
RULES = {
    "columns": "SELECT table_name, column_name, data_type, is_nullable, column_default, generation_expression"
    " FROM information_schema.columns WHERE table_schema = 'public'",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT proname, md5(prosrc), proconfig::text FROM pg_proc p WHERE NOT EXISTS"
    " (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e') AND pronamespace = 'public'::regnamespace",
    "policies": "SELECT tablename, policyname, permissive, roles::text, cmd, qual FROM pg_policies",
    "rights": "SELECT table_name, column_name, grantee, privilege_type FROM information_schema.column_privileges"
    " WHERE grantee LIKE 'chengtu\\_%'",
}  # fmt: skip
Columns = dict[str, list[str]]
Rows = dict[str, tuple[int, str | None]]


def columns(address: str, *left_out: str) -> Columns:
    """The tables with the columns that are written, not generated."""
    with psycopg.connect(address) as line:
        return {table: names for table, names in line.execute(COLUMNS) if table not in left_out}


def rows(address: str, wanted: Columns, *but: str) -> Rows:
    """How many rows each table has, and a digest of them in any order."""
    found: Rows = {}
    with psycopg.connect(address) as line:
        for table, names in wanted.items():
            listed = ", ".join(f'"{name}"' for name in names if name not in but)
            digest = "md5(string_agg(one, '' ORDER BY one))"
            line_of = f'SELECT md5(ROW({listed})::text) AS one FROM "{table}"'
            [row] = line.execute(f"SELECT count(*), {digest} FROM ({line_of}) AS r")
            found[table] = row
    return found


def rules(address: str) -> dict[str, set[tuple[object, ...]]]:
    """Everything that the tables are held to."""
    with psycopg.connect(address) as line:
        return {what: set(line.execute(text)) for what, text in RULES.items()}


def differences(one: dict[str, set[tuple[object, ...]]], other: dict[str, set[tuple[object, ...]]]) -> list[str]:
    """What one has and the other lacks."""
    return [f"{what}: {each[:3]}" for what in one for each in sorted(one[what] ^ other[what], key=str)]


def made_anew(var: Path, apart: Path) -> str:
    """A database by this release's migrations with the rows of the one under VAR; its address."""
    given, address = cluster.url(var), cluster.url(var, FRESH)
    with psycopg.connect(cluster.url(var, "postgres"), autocommit=True) as line:
        line.execute(f"DROP DATABASE IF EXISTS {FRESH} WITH (FORCE)")
        line.execute(f"CREATE DATABASE {FRESH}")
    with psycopg.connect(address, autocommit=True) as line:
        for extension in cluster.EXTENSIONS:
            line.execute(f"CREATE EXTENSION {extension}")
    ours = {"VAR": str(apart), "DATABASE_URL": address, "DEMO": "0"}
    manage("migrate", **ours)
    copied = [table for table in columns(given) if table not in (*OWN[:2], *DERIVED)]
    copy(given, address, copied, postgres.programs(cluster.data_folder(var)))
    for words in (["prepare"], ["index_places", "--all"]):
        manage(*words, **ours)
    return address


def copy(given: str, address: str, tables: Iterable[str], bins: Path) -> None:
    """Put the rows of tables into another database in place of what is there."""
    with psycopg.connect(address) as line:
        for table in tables:
            if line.execute(f'SELECT FROM "{table}" LIMIT 1').fetchone() is not None:
                line.execute(f'TRUNCATE "{table}" CASCADE')
    words = ["--data-only", "--disable-triggers", "--format=custom", *(f"--table={table}" for table in tables)]
    with subprocess.Popen(
        [str(bins / "pg_dump"), *words, given], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as dump:
        options = ["--data-only", "--disable-triggers", "--exit-on-error", "--single-transaction"]
        subprocess.run([str(bins / "pg_restore"), *options, f"--dbname={address}"], stdin=dump.stdout, check=True)
    if dump.returncode:
        raise RuntimeError("pg_dump")
