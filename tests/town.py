"""The invented town as a database to copy: drawn and imported once, then half a second for each file that wants it.

What is kept stays in the cluster between runs, named after all it is made of: once a migration, the importer, the
sample, the real data beside it or the day changes, it is made anew. A copy is its holder's own, and goes with it.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from io import StringIO
from pathlib import Path
from unittest.mock import patch

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connections
from django.utils.timezone import localdate

from config.env import ROOT
from config.release import fingerprint
from data.town.town import Town, draw
from gis.management.commands import sample_town
from tiles import server as tiles

DATA = ROOT.parent / "shared" / "data" / "osm-shanghai-lujiazui"
MAPPINGS = ROOT / "data" / "mappings"
IMPORTS = (
    ("landuse", "landuse.geojson.gz", ""),
    ("water", "water.geojson.gz", ""),
    ("buildings", "buildings.geojson.gz", ""),
    ("roads", "roads.geojson.gz", "lujiazui-roads.toml"),
    ("segments", "roads.geojson.gz", "lujiazui-roads.toml"),
    ("facilities", "pois.geojson.gz", ""),
    ("addresses", "buildings.geojson.gz", "lujiazui-addresses.toml"),
)
KEPT = "test_kept_"
Fill = Callable[[], None]
"""What brings rows into the database at hand."""


def tables_alone() -> None:
    """What migrations bring: the database that every other begins as."""


def invented_town() -> None:
    """The invented town with the code tables."""
    call_command("load_codes", verbosity=0, stdout=StringIO())
    with patch.object(sample_town, "draw", drawn):
        call_command("sample_town", verbosity=0, stdout=StringIO())


@cache
def drawn(seed: int, day: date) -> Town:
    """A town as `draw` draws it, in this run or since one before with the same program: that takes a file's longest."""
    state = fingerprint(ROOT / "data", ROOT / "gis", ROOT / "requirements.lock")
    path = settings.ENV.var / f"drawn-{seed}-{day}-{state}.pickle"
    if path.exists():
        return pickle.loads(path.read_bytes())
    for old in path.parent.glob(f"drawn-{seed}-*.pickle"):
        old.unlink(missing_ok=True)
    town, half = draw(seed, day), path.with_suffix(f".{os.getpid()}")
    half.write_bytes(pickle.dumps(town))
    half.replace(path)
    return town


def lujiazui() -> None:
    """A part of Shanghai beside it, where the shared data are at hand."""
    bring(*(subject for subject, *_ in IMPORTS))


def bring(*subjects: str) -> None:
    """Import some of Lujiazui only."""
    for subject, name, mapping in IMPORTS if DATA.is_dir() else ():
        if subject in subjects:
            how = [f"--mapping={MAPPINGS / mapping}"] if mapping else []
            words = subject, str(DATA / name), "--source=OpenStreetMap", *how
            call_command("import", *words, verbosity=0, stdout=StringIO(), stderr=StringIO())


@contextmanager
def copied(*fills: Fill) -> Iterator[None]:
    """Django, and whoever asks it where the database is, on a copy of what `fills` make one after the other."""
    name = f"{connections['default'].settings_dict['NAME']}_copy"
    original = kept(*fills)
    drop(name)
    create(name, original)
    run(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    try:
        with connected(name):
            yield
    finally:
        drop(name)


def kept(*fills: Fill) -> str:
    """The name of the database that is full, in this run or since one before; whoever comes first fills it."""
    below = kept(*(fills[:-1] or (tables_alone,))) if fills != (tables_alone,) else "template1"
    group = f"{KEPT}{fills[-1].__name__}_"
    name = f"{group}{localdate():%y%m%d}_{fingerprint(*sources())}"
    with connections["default"]._nodb_cursor() as line:  # the lock is held as long as the connection
        line.execute("SELECT pg_advisory_lock(hashtext(%s))", [KEPT])
        line.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [group])
        found = {row[0] for row in line.fetchall()}
        if name not in found:
            for old in found:
                drop(old)
            make(f"{group}half", below, fills[-1])
            line.execute(f'ALTER DATABASE "{group}half" RENAME TO "{name}"')
    return name


def make(name: str, below: str, fill: Fill) -> None:
    """Create a database from the one below it, migrate and fill it."""
    create(name, below)
    with connected(name), connections["default"].cursor() as line:
        if below == "template1":
            call_command("migrate", verbosity=0)
        fill()
        line.execute("VACUUM ANALYZE")


def sources() -> list[Path]:
    """All files that decide what the databases hold."""
    folders = [ROOT / "gis", ROOT / "layers", ROOT / "tiles", ROOT / "data", DATA]
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix != ".pyc"]
    return [path for path in files if path.is_file()] + [Path(__file__), ROOT / "requirements.lock"]


@contextmanager
def connected(name: str) -> Iterator[None]:
    """Django's connection on another database of the cluster."""
    before = connections["default"].settings_dict["NAME"]
    move(name)
    try:
        yield
    finally:
        move(before)


def move(name: str) -> None:
    """Go to a database; what was read in the former is not remembered."""
    connections["default"].close()
    connections["default"].settings_dict["NAME"] = name
    for numbers in connections["default"]._type_infos.values():  # by which a database knows the types of PostGIS
        numbers.pop("default", None)
    ContentType.objects.clear_cache()
    tiles.application.supply.forget()


def create(name: str, original: str) -> None:
    """Copy a database file by file: page by page, through the log, PostgreSQL 15 takes five times the processor."""
    how = "STRATEGY FILE_COPY" if connections["default"].pg_version >= 150_000 else ""
    run(f'CREATE DATABASE "{name}" TEMPLATE "{original}" {how}')


def drop(name: str) -> None:
    """Drop a database, though somebody still reads in it."""
    run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def run(statement: str) -> None:
    """Run what no transaction may hold, from beside all our databases."""
    with connections["default"]._nodb_cursor() as line:
        line.execute(statement)
