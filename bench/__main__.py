"""`make bench`: in one run, our tiles beside tipg, django-vectortiles and MapServer, many at once, our import beside
ogr2ogr, our page and how soon it answers a hand, and an edit until it is seen."""

import os
import sys
import time
from pathlib import Path

from bench import beside, crowd, held, imports, kept, memory, page, peers, pixels, servers, touch, town
from config import cluster
from config.env import ROOT, read

LONG = os.environ.get("LONG") == "1"
ALSO = (
    "beside",
    "packed",
    "tasks",
    "questions",
    "ogc",
    "export",
    "parsing",
    "locate",
    "locate_speed",
    "soak",
    "growth",
)
"""What takes long, more than an hour in all; each is a command of its own too."""


def main() -> None:
    """Prepare, compare contents, measure in turn, print."""
    env = read(os.environ)
    obstacle = town.obstacle(env.embedded, town.FOOTPRINTS)
    if obstacle:
        print(obstacle)
        held.left("tiles beside the peers, kept tiles, many at once", obstacle)
        return
    folder = env.var / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    cluster.start(env.var)
    venv = peers.environment(env.var / "bench-venv", peers.SERVERS)
    place = town.build(env.var)
    print(f"苏州建筑 / Suzhou footprints: {place.imported} imported, repeated side by side to {place.rows}")
    with held.part("tiles beside the peers"):
        beside.compared(place, folder, venv)
    with held.part("idle memory"):
        _print_memory(place, folder, cluster.data_folder(env.var))
    with held.part("kept tiles"):
        kept.main(place, folder)
    with held.part("many at once"):
        crowd.main(place, folder)


def _print_memory(place: town.Town, folder: Path, data: Path) -> None:
    """Idle: the server answered one list of tiles, then rested; with the database, all connections open."""
    zoom = beside.ZOOMS[1]
    ours, listed = servers.ours(place.url, folder, "config.rsgi:application"), town.tiles(place.url, zoom)
    with servers.running(ours, folder / "memory.log", (zoom, *listed[0])) as (address, process):
        beside.features(address, [servers.path(ours, zoom, x, y) for x, y in listed])
        time.sleep(3)
        postmaster = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        server, database = memory.pss(memory.tree(process)), memory.pss(memory.tree(postmaster))
    total = server + database
    print(f"\nidle memory (PSS): server {server:.0f} MB + PostgreSQL {database:.0f} MB")
    held.told("idle memory", total, "≤", 600, " MB")


if __name__ == "__main__":
    os.chdir(ROOT)
    held.begin()
    env = read(os.environ)
    with held.part("tiles beside the peers, kept tiles, many at once"):
        main()
    if env.embedded:
        with held.part("import beside ogr2ogr"):
            imports.main()
    with held.part("the page"), page.served() as site:
        with held.part("how soon the page is painted"):
            page.main(site)
        with held.part("how soon it answers a hand"):
            touch.main(site)
        with held.part("edit → pixels"):
            pixels.main(site, env.database_url or cluster.url(env.var))
    for name in ("fresh", "low", *(ALSO if LONG else ())):
        held.process(f"bench.{name}")  # it sets Django up for itself
    if not LONG:
        held.left(f"{', '.join(ALSO)}; z8 and the peers over 10⁶ buildings, unless VAR holds them", "LONG=1")
    held.left("faults, several machines, an upgrade", "make faults, make scale, make upgrade")
    sys.exit(held.summary())
