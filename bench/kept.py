"""One tile that is kept, asked for by 32 clients: by anybody, by staff whose signature is proved each time, and what
the web server alone gives without us."""

import os
import subprocess
import sys
import urllib.request
from dataclasses import replace
from pathlib import Path

from bench import held, load, servers, town
from bench.load import Result
from config.env import ROOT

CLIENTS, SECONDS, ROUNDS = 32, int(os.environ.get("BENCH_SECONDS", "4")), 3
PROMISED, PROMISED_MS = 20_000, 6
SIGN = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()
from layers.scope import COOKIE, Audience, Bearer, Role, sign
print(f"{COOKIE}={sign(Audience(Role.ADMIN), Bearer(account=1))}")
"""


def main(place: town.Town, folder: Path) -> None:
    """Measure in turn, print rates and their ratio to the bare server."""
    ours = servers.ours(place.url, folder, "config.rsgi:application")
    path = servers.path(ours, 16, *town.tiles(place.url, 16)[0])
    environment = {**ours.environment, "KEPT_BODY": str(folder / "kept.mvt.gz")}
    bare = replace(ours, name="bare", command=[*ours.command[:-1], "bench.bare:application"], environment=environment)
    found: dict[str, list[Result]] = {"anybody": [], "staff": [], "bare": []}
    for _ in range(ROUNDS):
        with servers.running(ours, folder / "kept.log") as (address, _):
            (folder / "kept.mvt.gz").write_bytes(body(address + path))
            found["anybody"].append(drive(address, path, folder))
            found["staff"].append(drive(address, path, folder, cookie(ours, folder)))
        with servers.running(bare, folder / "kept.log") as (address, _):
            found["bare"].append(drive(address, path, folder))
    middle = {name: load.middle(results) for name, results in found.items()}
    print(f"\none kept tile, {CLIENTS} clients, median of {ROUNDS} (promised {PROMISED:,}/s, p99 {PROMISED_MS} ms)")
    for name, result in middle.items():
        share = result.rate / middle["bare"].rate
        print(
            f"  {name:<8}{result.rate:10,.0f}/s{share:6.2f} × bare; p50 {result.p50:.1f} ms, p99 {result.p99:.1f} ms,",
            end="",
        )
        print(f" {result.failures} failures")
    for name in ("anybody", "staff"):
        held.told(f"kept tile, {name}", middle[name].rate, "≥", PROMISED, "/s")
        held.told(f"kept tile, {name}, p99", middle[name].p99, "<", PROMISED_MS, " ms")


def drive(address: str, path: str, folder: Path, cookie: str = "") -> Result:
    """One measurement, after a warm-up."""
    load.drive(address, [path], 1, folder, clients=CLIENTS, cookie=cookie)
    return load.drive(address, [path], SECONDS, folder, clients=CLIENTS, cookie=cookie)


def body(url: str) -> bytes:
    """The bytes of a tile as they travel."""
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})) as answer:
        return bytes(answer.read())


def cookie(ours: servers.Candidate, folder: Path) -> str:
    """An administrator's pass, signed with the server's key."""
    environment = {**os.environ, **ours.environment, "PORT": "8000", "VAR": str(folder)}
    done = subprocess.run([sys.executable, "-c", SIGN], cwd=ROOT, env=environment, capture_output=True, check=True)
    return done.stdout.decode().strip()
