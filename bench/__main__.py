"""`make bench`: in one run, our tiles beside tipg, django-vectortiles and MapServer, many at once, our import beside
ogr2ogr, our page and how soon it answers a hand, and an edit until it is seen."""

import importlib.metadata
import os
import shutil
import sys
import time
import urllib.request
from collections import defaultdict
from pathlib import Path

import mapbox_vector_tile
from isal import isal_zlib

from bench import crowd, held, imports, kept, load, memory, page, peer_mapserver, peers, pixels, servers, touch, town
from bench.load import Result
from bench.servers import Candidate
from config import cluster
from config.env import ROOT, read

ZOOMS = (14, 16)
SECONDS = int(os.environ.get("BENCH_SECONDS", "4"))
ROUNDS = 3
PROMISED = {(16, "django-vectortiles"): 2, (16, "tipg"): 5, (14, "django-vectortiles"): 1.2, (14, "tipg"): 2}
LONG = os.environ.get("LONG") == "1"
ALSO = ("packed", "tasks", "questions", "ogc", "export", "parsing", "locate", "locate_speed", "soak", "growth")
"""What takes long, more than an hour in all; each is a command of its own too."""
Table = dict[tuple[str, int], Result]


def main() -> None:
    """Prepare, compare contents, measure in turn, print."""
    env = read(os.environ)
    obstacle = _obstacle(env.embedded)
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
    lists = {zoom: town.tiles(place.url, zoom) for zoom in ZOOMS}
    candidates = [
        servers.ours(place.url, folder, "config.rsgi:application"),
        servers.ours(place.url, folder, "bench.uncached:application"),
        servers.vectortiles(place.url, venv),
        servers.tipg(place.url, venv),
    ]
    if peer_mapserver.MAPSERV.exists() and peer_mapserver.NGINX.exists():
        candidates.append(servers.mapserver(place.url))
    with held.part("tiles beside the peers"):
        _print(_measure(candidates, lists, folder), lists, venv)
    with held.part("idle memory"):
        _print_memory(candidates[0], lists, folder, cluster.data_folder(env.var))
    with held.part("kept tiles"):
        kept.main(place, folder)
    with held.part("many at once"):
        crowd.main(place, folder)


def _obstacle(embedded: bool) -> str:
    if not town.FOOTPRINTS.is_dir():
        return f"没有苏州建筑数据,跳过比较 / Skipped: there are no Suzhou footprints in {town.FOOTPRINTS.name}."
    if not shutil.which("wrk"):
        return "没有 wrk,跳过比较 / Skipped: wrk is missing; as root: apt-get install wrk"
    if not embedded:
        return "已设置 DATABASE_URL,跳过比较 / Skipped: the comparison makes a database, in the embedded cluster only."
    return ""


def _measure(candidates: list[Candidate], lists: dict[int, list[tuple[int, int]]], folder: Path) -> Table:
    """One server at a time, in turn, so that a noisy minute falls on all."""
    results: dict[tuple[str, int], list[Result]] = defaultdict(list)
    for turn in range(ROUNDS):
        for candidate in candidates:
            log = folder / f"{candidate.name.replace(' ', '-')}.log"
            zoom = ZOOMS[0]
            with servers.running(candidate, log, (zoom, *lists[zoom][0])) as (address, _):
                for zoom, listed in lists.items():
                    paths = [servers.path(candidate, zoom, x, y) for x, y in listed]
                    if turn == 0:
                        print(f"  z{zoom} {candidate.name}: {_features(address, paths)} features in the list")
                    load.drive(address, paths, 1 if turn else 2, folder)  # warm: connections, plans, caches
                    results[candidate.name, zoom].append(load.drive(address, paths, SECONDS, folder))
    return {key: load.middle(found) for key, found in results.items()}


def _features(address: str, paths: list[str]) -> int:
    """How many features the tiles hold, all taken together: servers that answer less must not look quick."""
    total = 0
    for path in paths:
        request = urllib.request.Request(address + path, headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request) as answer:
            body = answer.read()
            if answer.headers.get("Content-Encoding") == "gzip":
                body = isal_zlib.decompress(body, 31)
        total += sum(len(layer["features"]) for layer in mapbox_vector_tile.decode(body).values())
    return total


def _print(table: Table, lists: dict[int, list[tuple[int, int]]], venv: Path) -> None:
    base = "chengtu, cache off"
    print(f"\nwrk: {load.CLIENTS} clients, {SECONDS} s, median of {ROUNDS} rounds; {os.cpu_count()} cores for all")
    for zoom, listed in lists.items():
        print(f"\nz{zoom}, {len(listed)} tiles{'':>14} req/s   ratio    p50 ms    p95 ms    p99 ms     bytes  failures")
        for (name, at), found in table.items():
            if at == zoom:
                ratio = found.rate / table[base, zoom].rate
                times = "".join(f"{value:10.1f}" for value in (found.p50, found.p95, found.p99))
                print(f"{name:<24}{found.rate:10.0f}{ratio:8.2f}{times}{found.size:10.0f}{found.failures:10d}")
        for peer in ("django-vectortiles", "tipg", "MapServer"):
            if (peer, zoom) in table:
                faster = table[base, zoom].rate / table[peer, zoom].rate
                print(f"  cache off: {faster:.1f} × {peer};  cache on: {_cached(table, zoom, peer):.0f} ×")
                if bound := PROMISED.get((zoom, peer)):
                    held.told(f"z{zoom}, cache off, beside {peer}", faster, "≥", bound, " ×")
        held.told(f"z{zoom}, cache off, failures", table[base, zoom].failures, "=", 0)
    print("\n" + ", ".join(_versions(venv)))


def _cached(table: Table, zoom: int, peer: str) -> float:
    return table["chengtu", zoom].rate / table[peer, zoom].rate


def _versions(venv: Path) -> list[str]:
    site = next((venv / "lib").glob("python*/site-packages"))
    found = {each.name: each.version for each in importlib.metadata.distributions(path=[str(site)])}
    return [f"{name} {found.get(name, '?')}" for name in ("tipg", "uvicorn", "django-vectortiles", "granian")]


def _print_memory(ours: Candidate, lists: dict[int, list[tuple[int, int]]], folder: Path, data: Path) -> None:
    """Idle: the server answered one list of tiles, then rested; with the database, all connections open."""
    first = (ZOOMS[1], *lists[ZOOMS[1]][0])
    with servers.running(ours, folder / "memory.log", first) as (address, process):
        _features(address, [servers.path(ours, ZOOMS[1], x, y) for x, y in lists[ZOOMS[1]]])
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
        held.left(f"{', '.join(ALSO)}; z8 over 10⁶ buildings, unless VAR holds them", "LONG=1")
    held.left("faults, several machines, an upgrade", "make faults, make scale, make upgrade")
    sys.exit(held.summary())
