"""A backup is worth what comes back: a dump, restored elsewhere, holds the same rows, rules and triggers."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
import pytest
from django.db import connection

from config import postgres
from gis.models import Zoning
from tests.factories import MAKERS, make

DATABASE = "restored_chengtu"
RULES = {
    # PostgreSQL spells a CHECK read back from its own text otherwise, so checks are compared by name.
    "constraints": "SELECT conrelid::regclass::text, conname, contype, convalidated,"
    " CASE WHEN contype <> 'c' THEN pg_get_constraintdef(oid) END FROM pg_constraint",
    "triggers": "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "indexes": "SELECT indexname, indexdef FROM pg_indexes",
    "columns": "SELECT table_name, column_name, generation_expression FROM information_schema.columns"
    " WHERE table_schema = 'public'",
}


def url(name: str) -> str:
    """A libpq URL of a database in the server that the tests use."""
    given = connection.settings_dict
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    return f"postgresql:///{quote(name)}?" + urlencode({key: given[its] for key, its in names.items() if given[its]})


def program(name: str) -> Path:
    """A PostgreSQL program of the server's own version."""
    return postgres.INSTALLED / str(connection.cursor().connection.info.server_version // 10000) / "bin" / name


def run(*words: object) -> None:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def contents(name: str) -> dict[str, list[tuple[object, ...]]]:
    """Everything that must come back: the number of rows of every table, and every rule."""
    with psycopg.connect(url(name)) as asked:
        tables = asked.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        count = "SELECT '{0}', count(*) FROM public.\"{0}\""
        rows = " UNION ALL ".join(count.format(*table) for table in tables)
        questions = {"rows": rows, **RULES}
        return {what: sorted(asked.execute(text).fetchall(), key=str) for what, text in questions.items()}  # type: ignore[arg-type]


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """A new, empty database."""
    with psycopg.connect(url("postgres"), autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        server.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0")
        yield DATABASE
        server.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


@pytest.mark.django_db(transaction=True)
def test_what_was_dumped_comes_back_whole(elsewhere: str, tmp_path: Path) -> None:
    for model in MAKERS:
        make(model)
    ours, file = connection.settings_dict["NAME"], tmp_path / "chengtu.dump"
    run(program("pg_dump"), "--format=custom", f"--file={file}", url(ours))
    run(program("pg_restore"), "--single-transaction", "--no-owner", "--dbname", url(elsewhere), file)
    before, after = contents(ours), contents(elsewhere)
    assert before == after
    assert {table for table, number in before["rows"] if number} >= {model._meta.db_table for model in MAKERS}


@pytest.mark.django_db(transaction=True)
def test_rules_hold_whatever_the_search_path() -> None:
    zoning = make(Zoning)
    zoning.refresh_from_db()
    before = zoning.geom
    with connection.cursor() as cursor:
        cursor.execute("SET search_path = ''")
        try:
            cursor.execute(
                "UPDATE public.spatial_segment SET geom = public.ST_Reverse(geom) WHERE id = %s", [zoning.segment_id]
            )
        finally:
            cursor.execute("RESET search_path")
    zoning.refresh_from_db()
    assert zoning.geom.coords[0] != before.coords[0]
