"""The second wall, in the database: tiles are read by roles that see what residents, or a kind of staff, are shown.

The first wall is the statement itself, compiled for its audience. This one is derived from the same declarations and
holds when a statement of one audience is run for another: each role has the columns that its statements name and, by
row-level security, the rows that the layers select for it; of areas of accounts it knows nothing. Accounts, sessions,
rolls and imports are for no role. Row-level security leaves the index of shapes usable only where ``&&`` on boxes is
marked leakproof.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import blake2b
from typing import Any

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import DatabaseError, connection, transaction
from psycopg.errors import DeadlockDetected

from gis.models import Coarse, News, Touched
from layers import registry
from layers.coarse import counts_of, views
from layers.layer import Layer
from layers.models import Ended, Epoch
from layers.scope import GRANTS, Audience, Role
from tiles.pool import ROLES
from tiles.raster.rows import COLUMNS, registered
from tiles.statement import NOTHING, Statement, holdings, statement

NAMED = re.compile(r'(?:FROM|JOIN) "(\w+)"(?: "?([A-Z]\d+)\b)?')
COLUMN = re.compile(r'"?\b(\w+)"?\."(\w+)"')
TODAY = re.compile(r"\(STATEMENT_TIMESTAMP\(\)[^()]* AT TIME ZONE '[^']+'\)::date|STATEMENT_TIMESTAMP\(\)(?! AT)")
"""What is the same for all rows: as a query of its own it is reckoned once."""
LEAKPROOF = "geometry_overlaps(geometry, geometry)"
MARKED = "SELECT proleakproof FROM pg_proc WHERE oid = %s::regprocedure"
LOST = """SELECT EXISTS (SELECT FROM unnest(%s::text[], %s::text[], %s::text[]) AS wanted(role, place, name)
  LEFT JOIN pg_attribute ON attrelid = to_regclass(place) AND attname = name
  WHERE has_column_privilege(role, attrelid, attnum, 'SELECT') IS NOT TRUE)"""
"""Whether some column cannot be read by whom it is for: who takes a column away and makes it anew takes its rights."""
NEWS = (News, Touched)
PASSES = (Epoch, Ended)
Roles = tuple[Role | None, ...]
"""Keys of ``ROLES``."""
CLEARED = """DO $$ DECLARE old record; BEGIN
  FOR old IN SELECT tablename, policyname FROM pg_policies
    WHERE schemaname = 'public' AND (policyname = 'everybody' OR policyname ~ '^wall(_|$)')
  LOOP
    EXECUTE format('DROP POLICY %I ON %I', old.policyname, old.tablename);
    EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', old.tablename);
  END LOOP;
END $$"""
TIMES = 5
NOT_BUILT = "数据库未设第二道墙 / The database has no second wall"
NOT_WHOLE = "第二道墙缺少角色 / The second wall lacks roles"
ROWS_OPEN = "第二道墙不含行限制 / The second wall does not narrow rows"

log = logging.getLogger(__name__)


def columns(cuts: Iterable[Statement]) -> dict[str, set[str]]:
    """The columns that statements name, by table."""
    found: dict[str, set[str]] = defaultdict(set)
    for cut in cuts:
        sql = cut.sql.decode()
        tables: dict[str, set[str]] = defaultdict(set)
        for table, alias in NAMED.findall(sql):
            tables[alias or table].add(table)
        for name, column in COLUMN.findall(sql):
            for table in tables.get(name, ()):
                found[table].add(column)
    return found


def cuts(layer: Layer, audience: Audience) -> Iterator[Statement]:
    """Statements by which tiles, TileJSON and the register read a layer: they name every column that any does."""
    far = layer.coarse and (layer.coarse.below, getattr(counts_of(layer.coarse), "below", 0))
    edges = {
        layer.min_zoom,
        layer.max_zoom,
        *(below - 1 for below in (*(zoom for zoom, _ in layer.thin), *(far or ()))),
    }
    for zoom in edges:
        for english in {False, any(field.english for field in layer.fields)}:
            yield statement.__wrapped__((layer,), audience, zoom, english)
    yield holdings.__wrapped__(layer, audience)
    if layer.id == "rasters":
        for limit in (None, 1):
            yield registered.__wrapped__(layer, audience, COLUMNS, limit)


@cache
def read_by(role: Role) -> tuple[tuple[Layer, Statement], ...]:
    """Every statement by which tiles are read for a role and its layer: with all grants, in an area and everywhere."""
    everywhere, inside = Audience(role, grants=frozenset(GRANTS)), Audience(role, "1", frozenset(GRANTS))
    return tuple(
        (layer, cut)
        for layer in registry.visible(everywhere)
        for who in ((everywhere, inside) if layer.by_area else (everywhere,))
        for cut in cuts(layer, who)
        if cut is not NOTHING
    )


def shown(layer: Layer, role: Role) -> str | None:
    """The condition on the rows that a role may see, with its values in it; None for all of them."""
    query = layer.rows_for(Audience(role)).order_by().query
    compiler = query.get_compiler(connection=connection)
    try:
        compiler.pre_sql_setup()
        sql, parameters = compiler.compile(query.where)
    except FullResultSet:
        return None
    except EmptyResultSet:
        return "false"
    if len([alias for alias, count in query.alias_refcount.items() if count]) > 1:
        log.warning("the rows of layer %s depend on other tables: no policy keeps them", layer.id)
        return None
    ops: Any = connection.ops
    return TODAY.sub(r"(SELECT \g<0>)", str(ops.compose_sql(sql, parameters) if parameters else sql))


def policies(role: Role) -> dict[str, str]:
    """By table the condition on rows that a role is shown through some layer; nothing where it is all of them, or where
    statements for other layers look there too: for an account's area, which need not be in force."""
    found: dict[str, list[str | None]] = defaultdict(list)
    layers = registry.visible(Audience(role))
    for layer in layers:
        found[layer.model._meta.db_table].append(shown(layer, role))
    narrow = {table: " OR ".join(f"({rows})" for rows in each) for table, each in found.items() if None not in each}
    stored = {(layer.id, view) for layer in layers if layer.coarse for view in ("", views(layer).get(role, ""))}
    listed = ", ".join(f"('{layer}', '{view}')" for layer, view in sorted(stored))
    narrow[Coarse._meta.db_table] = f"(layer, view) IN ({listed})" if listed else "false"
    return {table: rows for table, rows in narrow.items() if table not in _beside(role)}


def _beside(role: Role) -> set[str]:
    """The tables where statements look beside their layer's own and what is stored for it."""
    return {
        table
        for layer, cut in read_by(role)
        for table in cut.tables
        if table not in (layer.model._meta.db_table, Coarse._meta.db_table)
    }


def granted(roles: Roles) -> tuple[str, ...]:
    """The statements that let each of some roles read what it needs."""
    everybody, news = ", ".join(ROLES[role] for role in roles), ", ".join(model._meta.db_table for model in NEWS)
    return (
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {everybody}",
        f"GRANT USAGE ON SCHEMA public TO {everybody}",
        f"GRANT SELECT ON {news}, spatial_ref_sys TO {everybody}",
        *(
            f'GRANT SELECT ({", ".join(_quoted(names))}) ON "{table}" TO {ROLES[role]}'
            for role in roles
            for table, names in sorted(named(role).items())
        ),
        *(f'GRANT SELECT ON "{model._meta.db_table}" TO {ROLES[None]}' for model in PASSES if None in roles),
    )


@cache
def named(role: Role | None) -> dict[str, set[str]]:
    """The columns, by table, that statements for a role name; those that any names."""
    return columns(cut for one in ([role] if role else Role) for _, cut in read_by(one))


def narrowed(roles: Roles) -> tuple[str, ...]:
    """The statements that keep rows from some roles; every other role has its rights as before."""
    kept = {role: policies(role) for role in roles if role}
    tables = sorted({table for each in kept.values() for table in each})
    return (
        CLEARED,
        *(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY' for table in tables),
        *(f'CREATE POLICY everybody ON "{table}" USING (true) WITH CHECK (true)' for table in tables),
        *(
            f'CREATE POLICY wall_{role} ON "{table}" AS RESTRICTIVE FOR SELECT TO {ROLES[role]} USING ({rows})'
            for role, each in kept.items()
            for table, rows in sorted(each.items())
        ),
    )


def _read() -> list[tuple[str, str, str]]:
    """The role, table and name of each column that is read."""
    return [
        (name, table, column)
        for role, name in ROLES.items()
        for table, columns in named(role).items()
        for column in columns
    ]


def _quoted(names: Iterable[str]) -> list[str]:
    return [f'"{name}"' for name in sorted(names)]


@cache
def digest() -> str:
    """What the whole wall is now, in a word: the database remembers it as a comment."""
    said = (*granted(tuple(ROLES)), *narrowed(tuple(ROLES)))
    return "wall " + blake2b("\n".join(said).encode(), digest_size=10).hexdigest()


def lack() -> str:
    """What the wall lacks, in a sentence; empty when it stands as the declarations want it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT obj_description(%s::regclass, 'pg_class'), ARRAY(SELECT rolname::text FROM pg_roles"
            " WHERE rolname = ANY(%s) AND pg_has_role(rolname, 'MEMBER'))",
            [News._meta.db_table, list(ROLES.values())],
        )
        said, held = cursor.fetchone() or ("", [])
        cursor.execute(MARKED, [LEAKPROOF])
        [leakproof] = cursor.fetchone() or [False]
        if absent := sorted(set(ROLES.values()) - set(held)):
            return f"{NOT_WHOLE}: {', '.join(absent)}"
        cursor.execute(LOST, [list(each) for each in zip(*_read(), strict=True)])
        [lost] = cursor.fetchone() or [True]
    if lost or said != digest():
        return NOT_BUILT
    return "" if leakproof else ROWS_OPEN


def build(**_: Any) -> None:
    """Bring the wall to what the declarations want, as far as this account may; what it may not is logged. It wants all
    tables for itself, one after the other, and can be the one that PostgreSQL gives up beside those who read them."""
    for left in reversed(range(TIMES)):
        try:
            if lack():
                with transaction.atomic(), connection.cursor() as cursor:
                    _raise(cursor)
            return
        except DatabaseError as refused:
            if not (left and isinstance(refused.__cause__, DeadlockDetected)):
                log.warning("%s: %s", NOT_BUILT, str(refused).splitlines()[0])
                return


def _raise(cursor: Any) -> None:
    roles = become(cursor)
    cursor.execute(MARKED, [LEAKPROOF])
    [leakproof] = cursor.fetchone()
    if not leakproof:
        try:
            with transaction.atomic():
                cursor.execute(f"ALTER FUNCTION {LEAKPROOF} LEAKPROOF")
            leakproof = True
        except DatabaseError:
            log.warning(ROWS_OPEN)
    for text in (*granted(roles), *(narrowed(roles) if leakproof else ())):
        cursor.execute(text)
    cursor.execute(f"COMMENT ON TABLE {News._meta.db_table} IS '{digest()}'")


def become(cursor: Any) -> Roles:
    """Let this account be each role, and return those it can be. Where they are there and it may, it needs no right to
    make roles; where a new release has one more that nobody made yet, the wall stands for the others."""
    return tuple(role for role, name in ROLES.items() if _becomes(cursor, name))


def _becomes(cursor: Any, name: str) -> bool:
    try:
        with transaction.atomic():
            cursor.execute(
                f"DO $$ BEGIN IF to_regrole('{name}') IS NULL THEN CREATE ROLE {name} NOLOGIN; END IF;"
                " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            )
            cursor.execute(
                "SELECT pg_has_role(%s, 'MEMBER') AND NOT rolsuper FROM pg_roles WHERE rolname = current_user", [name]
            )
            if not cursor.fetchone()[0]:
                cursor.execute(f"GRANT {name} TO CURRENT_USER")
    except DatabaseError as refused:
        log.warning("%s: %s: %s", NOT_WHOLE, name, str(refused).splitlines()[0])
        return False
    return True
