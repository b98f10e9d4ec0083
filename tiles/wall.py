"""The second wall, in the database: tiles are read by roles that see what residents, or staff, are shown, and no more.

The first wall is the statement itself, compiled for its audience. This one is derived from the same declarations and
holds when a statement of one audience is run for another: the role of residents has the columns that their statements
name and, by row-level security, the rows that the layers select for them; that of staff has the columns that any tile
names. Accounts, sessions, rolls and imports are for neither. Row-level security leaves the index of shapes usable only
where ``&&`` on boxes is marked leakproof.
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

from gis.models import Coarse, News, Touched
from layers import registry
from layers.coarse import counts_of
from layers.layer import Layer
from layers.models import Ended, Epoch
from layers.scope import GRANTS, RESIDENT, Audience, Role
from tiles.pool import ROLES
from tiles.raster.rows import COLUMNS, registered
from tiles.statement import NOTHING, Statement, holdings, statement

NAMED = re.compile(r'(?:FROM|JOIN) "(\w+)"(?: "?([A-Z]\d+)\b)?')
COLUMN = re.compile(r'"?\b(\w+)"?\."(\w+)"')
TODAY = re.compile(r"\(STATEMENT_TIMESTAMP\(\)[^()]* AT TIME ZONE '[^']+'\)::date|STATEMENT_TIMESTAMP\(\)(?! AT)")
"""What is the same for all rows: as a query of its own it is reckoned once."""
LEAKPROOF = "geometry_overlaps(geometry, geometry)"
MARKED = "SELECT proleakproof FROM pg_proc WHERE oid = %s::regprocedure"
NEWS = (News, Touched)
PASSES = (Epoch, Ended)
NOT_BUILT = "数据库未设第二道墙 / The database has no second wall"
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


def shown(layer: Layer) -> str | None:
    """The condition on the rows that residents may see, with its values in it; None for all of them."""
    query = layer.rows_for(RESIDENT).order_by().query
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


def policies() -> dict[str, str]:
    """By table the condition on rows that residents are shown through some layer; nothing where it is all of them."""
    found: dict[str, list[str | None]] = defaultdict(list)
    for layer in registry.visible(RESIDENT):
        found[layer.model._meta.db_table].append(shown(layer))
    narrow = {table: " OR ".join(f"({rows})" for rows in each) for table, each in found.items() if None not in each}
    public = ", ".join(f"'{layer.id}'" for layer in registry.visible(RESIDENT)) or "''"
    stored = f"view = '{RESIDENT.role.value}' OR (view = '' AND layer IN ({public}))"
    return narrow | {Coarse._meta.db_table: stored}


@cache
def read_by(role: Role) -> tuple[Statement, ...]:
    """Every statement by which tiles are read for a role, with all grants, in an area and in the whole city."""
    everywhere, inside = Audience(role, grants=frozenset(GRANTS)), Audience(role, "1", frozenset(GRANTS))
    return tuple(
        cut
        for layer in registry.visible(everywhere)
        for who in ((everywhere, inside) if layer.by_area else (everywhere,))
        for cut in cuts(layer, who)
        if cut is not NOTHING
    )


@cache
def granted() -> tuple[str, ...]:
    """The statements that let each role read what it needs."""
    everybody, news = ", ".join(ROLES.values()), ", ".join(model._meta.db_table for model in NEWS)
    passes = ", ".join(model._meta.db_table for model in PASSES)
    read = {True: columns(read_by(RESIDENT.role)), False: columns(cut for role in Role for cut in read_by(role))}
    return (
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {everybody}",
        f"GRANT USAGE ON SCHEMA public TO {everybody}",
        f"GRANT SELECT ON {news}, spatial_ref_sys TO {everybody}",
        *(
            f'GRANT SELECT ({", ".join(_quoted(names))}) ON "{table}" TO {ROLES[public]}'
            for public, tables in read.items()
            for table, names in sorted(tables.items())
        ),
        f"GRANT SELECT ON {passes} TO {ROLES[False]}",
    )


@cache
def narrowed() -> tuple[str, ...]:
    """The statements that keep rows from the role of residents; every other role has its rights as before."""
    return tuple(
        text
        for table, rows in sorted(policies().items())
        for text in (
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
            f'DROP POLICY IF EXISTS everybody ON "{table}"',
            f'DROP POLICY IF EXISTS wall ON "{table}"',
            f'CREATE POLICY everybody ON "{table}" USING (true) WITH CHECK (true)',
            f'CREATE POLICY wall ON "{table}" AS RESTRICTIVE FOR SELECT TO {ROLES[True]} USING ({rows})',
        )
    )


def _quoted(names: Iterable[str]) -> list[str]:
    return [f'"{name}"' for name in sorted(names)]


@cache
def digest() -> str:
    """What the wall is now, in a word: the database remembers it as a comment."""
    return "wall " + blake2b("\n".join((*granted(), *narrowed())).encode(), digest_size=10).hexdigest()


def lack() -> str:
    """What the wall lacks, in a sentence; empty when it stands as the declarations want it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT obj_description(%s::regclass, 'pg_class'), count(*) FROM pg_roles"
            " WHERE rolname = ANY(%s) AND pg_has_role(rolname, 'MEMBER')",
            [News._meta.db_table, list(ROLES.values())],
        )
        said, roles = cursor.fetchone() or ("", 0)
        cursor.execute(MARKED, [LEAKPROOF])
        [leakproof] = cursor.fetchone() or [False]
    if roles < len(ROLES) or said != digest():
        return NOT_BUILT
    return "" if leakproof else ROWS_OPEN


def build(**_: Any) -> None:
    """Bring the wall to what the declarations want, as far as this account may; what it may not is logged."""
    try:
        if lack():
            with transaction.atomic(), connection.cursor() as cursor:
                _raise(cursor)
    except DatabaseError as refused:
        log.warning("%s: %s", NOT_BUILT, str(refused).splitlines()[0])


def _raise(cursor: Any) -> None:
    become(cursor)
    cursor.execute(MARKED, [LEAKPROOF])
    [leakproof] = cursor.fetchone()
    if not leakproof:
        try:
            with transaction.atomic():
                cursor.execute(f"ALTER FUNCTION {LEAKPROOF} LEAKPROOF")
            leakproof = True
        except DatabaseError:
            log.warning(ROWS_OPEN)
    for text in (*granted(), *(narrowed() if leakproof else ())):
        cursor.execute(text)
    cursor.execute(f"COMMENT ON TABLE {News._meta.db_table} IS '{digest()}'")


def become(cursor: Any) -> None:
    """Let this account be either role. Where both are there and it may, it needs no right to make roles."""
    for role in ROLES.values():
        cursor.execute(
            f"DO $$ BEGIN IF to_regrole('{role}') IS NULL THEN CREATE ROLE {role} NOLOGIN; END IF;"
            " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
        cursor.execute(
            "SELECT pg_has_role(%s, 'MEMBER') AND NOT rolsuper FROM pg_roles WHERE rolname = current_user", [role]
        )
        if not cursor.fetchone()[0]:
            cursor.execute(f"GRANT {role} TO CURRENT_USER")
