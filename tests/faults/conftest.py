"""A small city of its own: a cluster, a server as `make run` starts it, and one house that can be renamed."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import mapbox_vector_tile
import psycopg
import pytest
from isal import isal_zlib

from config import cluster, postgres
from tests.config.front_door import Answer, folder, get, manage
from tests.factories import SOUTH, STEP, WEST, tile_at

TILE = f"/tiles/buildings/{tile_at(16)}.mvt"
SIZE = 1 << 30
"""Of the city's disk; memory is taken only for what is on it."""
NEVER_ASKED = f"/tiles/buildings/{tile_at(17)}.mvt"


@dataclass(frozen=True)
class City:
    """Its VAR, and what is done to it from outside."""

    var: Path
    small: bool
    """Whether all of it, the database and its log too, is on a disk of its own."""

    def sql(self, statement: str) -> list[tuple[object, ...]]:
        """Run one statement as the owner, committed."""
        with psycopg.connect(cluster.url(self.var), autocommit=True) as line:
            cursor = line.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def log(self) -> str:
        """What the database has reported."""
        return "".join(each.read_text() for each in (cluster.data_folder(self.var).parent / "log").iterdir())

    @contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """While nobody can read a table."""
        with psycopg.connect(cluster.url(self.var)) as line:
            line.execute(f"LOCK TABLE {table}")
            yield

    def rename(self, name: str) -> None:
        """Edit the one house."""
        self.sql(f"UPDATE spatial_building SET name = '{name}'")

    def stop(self, how: str = "immediate") -> None:
        """Stop the database as a power cut does."""
        self._control("stop", "-m", how)

    def start_as_replica(self) -> None:
        """Start the stopped database as one that only follows."""
        data = cluster.data_folder(self.var)
        (data / "standby.signal").touch()
        self._control("start", "-l", data.parent / "log" / "start.log")

    def promote(self) -> None:
        """Make the replica a primary."""
        self._control("promote")

    def _control(self, *words: str | Path) -> None:
        data = cluster.data_folder(self.var)
        done = postgres.run(postgres.owner(data), postgres.programs(data) / "pg_ctl", *words, "-D", data, "-w")
        assert done.returncode == 0, done.stderr

    @contextmanager
    def no_space(self) -> Iterator[None]:
        """Leave the disk no free block; the old size is given back."""
        for spare in range(1, 50):  # the database may take another block meanwhile
            taken = os.statvfs(self.var)
            used = (taken.f_blocks - taken.f_bfree + spare) * taken.f_frsize
            if resized(self.var, used):
                break
        else:
            raise AssertionError("the disk cannot be made so small")
        try:
            yield
        finally:
            assert resized(self.var, SIZE)

    def start(self) -> None:
        """Start it again."""
        cluster.start(self.var)


def resized(disk: Path, size: int) -> bool:
    """Give a small disk another size; whether it can have that."""
    return not subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], capture_output=True).returncode


@contextmanager
def small_disk(disk: Path, size: int) -> Iterator[bool]:
    """A folder as a disk of its own in memory; False where we may not mount one."""
    mounted = not subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "none", str(disk)],
                                 capture_output=True).returncode  # fmt: skip
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(disk)], check=True)


def names(answer: Answer) -> set[str]:
    """The names of the houses in a tile."""
    if answer.status == 204:
        return set()
    assert answer.status == 200
    body = isal_zlib.decompress(answer.body, 31) if answer.headers["Content-Encoding"] == "gzip" else answer.body
    found = mapbox_vector_tile.decode(body).get("buildings", {"features": []})
    return {feature["properties"].get("name", "") for feature in found["features"]}


def tile(url: str, path: str = TILE) -> Answer:
    """Ask for a tile as a browser does."""
    return get(f"{url}{path}", Accept_Encoding="gzip")


@pytest.fixture(scope="module")
def city() -> Iterator[City]:
    with folder() as var, small_disk(var, SIZE) as small:
        cluster.start(var)
        try:
            # The house before `prepare`: it loads the invented town only where there is nothing.
            for words in (["migrate"], ["import", "buildings", str(house(var)), "--source=faults"], ["prepare"]):
                done = manage(*words, VAR=str(var), DEMO="0")
                assert done.returncode == 0, done.stderr
            yield City(var, small)
        finally:
            cluster.remove(var)


def house(var: Path) -> Path:
    """A file with one house."""
    east, north = WEST + STEP, SOUTH + STEP
    ring = [[WEST, SOUTH], [east, SOUTH], [east, north], [WEST, north], [WEST, SOUTH]]
    feature = {
        "type": "Feature",
        "id": "1",
        "properties": {"name": "老屋"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    path = var / "house.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return path
