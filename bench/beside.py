"""`python -m bench.beside`: our tiles beside tipg, django-vectortiles and MapServer over VAR's buildings.

Meant for one with `manage.py sample_town --size city`, or a real set, in it; `make bench` does the same over Suzhou's.
"""

from __future__ import annotations

import importlib.metadata
import os
import sys
import urllib.request
from collections import defaultdict
from pathlib import Path

import mapbox_vector_tile
from isal import isal_zlib

from bench import held, kept, load, peer_mapserver, peers, servers, town
from bench.load import Result
from bench.servers import Candidate
from config import cluster
from config.env import ROOT, read

ZOOMS = (14, 16)
SECONDS = int(os.environ.get("BENCH_SECONDS", "4"))
ROUNDS = 3
PROMISED = {(16, "django-vectortiles"): 2, (16, "tipg"): 5, (14, "django-vectortiles"): 1.2, (14, "tipg"): 2}
JUDGED = 100_000
"""Rows: a smaller table says little of any server."""
Lists = dict[int, list[tuple[int, int]]]
Table = dict[tuple[str, int], Result]


def main() -> None:
    """The peers, then what is kept, over what lies there."""
    env = read(os.environ)
    if obstacle := town.obstacle(env.embedded):
        return held.left("tiles beside the peers, over the database of VAR", obstacle)
    folder = env.var / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    cluster.start(env.var)
    place = town.lying(cluster.url(env.var))
    print(f"建筑 / buildings: {place.rows}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    if place.rows < JUDGED:
        return held.left("tiles beside the peers, over the database of VAR", f"{place.rows} < {JUDGED} buildings")
    town.manage(place.url, "generalise")  # a release that makes them otherwise would have the server do it meanwhile
    compared(place, folder, peers.environment(env.var / "bench-venv", peers.SERVERS))
    kept.main(place, folder)
    return None


def candidates(place: town.Town, folder: Path, venv: Path) -> list[Candidate]:
    """We, we without what is kept, and the peers that are installed."""
    found = [
        servers.ours(place.url, folder, "config.rsgi:application"),
        servers.ours(place.url, folder, "bench.uncached:application"),
        servers.vectortiles(place.url, venv),
        servers.tipg(place.url, venv),
    ]
    if peer_mapserver.MAPSERV.exists() and peer_mapserver.NGINX.exists():
        found.append(servers.mapserver(place.url))
    return found


def compared(place: town.Town, folder: Path, venv: Path) -> None:
    """Measure in turn, print, judge."""
    lists = {zoom: town.tiles(place.url, zoom) for zoom in ZOOMS}
    _print(_measure(candidates(place, folder, venv), lists, folder), lists, venv, place.rows)


def _measure(candidates: list[Candidate], lists: Lists, folder: Path) -> Table:
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
                        print(f"  z{zoom} {candidate.name}: {features(address, paths)} features in the list")
                    load.drive(address, paths, 1 if turn else 2, folder)  # warm: connections, plans, caches
                    results[candidate.name, zoom].append(load.drive(address, paths, SECONDS, folder))
    return {key: load.middle(found) for key, found in results.items()}


def features(address: str, paths: list[str]) -> int:
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


def _print(table: Table, lists: Lists, venv: Path, rows: int) -> None:
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
                    held.told(f"z{zoom} of {rows:,} buildings, cache off, beside {peer}", faster, "≥", bound, " ×")
        held.told(f"z{zoom} of {rows:,} buildings, cache off, failures", table[base, zoom].failures, "=", 0)
    print("\n" + ", ".join(_versions(venv)))


def _cached(table: Table, zoom: int, peer: str) -> float:
    return table["chengtu", zoom].rate / table[peer, zoom].rate


def _versions(venv: Path) -> list[str]:
    site = next((venv / "lib").glob("python*/site-packages"))
    found = {each.name: each.version for each in importlib.metadata.distributions(path=[str(site)])}
    return [f"{name} {found.get(name, '?')}" for name in ("tipg", "uvicorn", "django-vectortiles", "granian")]


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
