"""`python -m bench.locate_speed`: how quick the geocoder answers over a million addresses, alone and as it is served.

Streets, doors and names are made up by `generate_series` on the pattern of the invented town: 4,000 streets of 250
doors, every fifth with a shop. Written as the importer and the index write them, but by SQL.
"""

from __future__ import annotations

import os
import random
import resource
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import psycopg

from bench import held, load, memory, servers, town
from config import cluster
from config.env import ROOT, read

DATABASE = "chengtu_bench_speed"
STREETS, DOORS = 4_000, 250
CLIENTS = 4
"""At once, in what is judged: of one process, as the server runs, and of two, as on two cores (docs/operator.md)."""
PROMISED = {"doors": (1000, 20), "being typed": (None, 30)}
"""Kind of question → answers a second, p99 in milliseconds."""
SIGNS = (
    "人民中山解放建设和平新华长江黄河东西南北光明青年红旗胜利团结友谊文化科技学府迎宾滨海临江清泉玉兰梧桐银杏香樟丹桂"
)
MADE = """
INSERT INTO spatial_address (source, source_id, kind, code, province, city, district, street, community, road, number,
                             estate, block, unit, room, name, aliases, geom, updated_at)
SELECT 'bench', s.id || '-' || n, 'door', '', '', '云汀市', '第' || s.id %% 12 || '区', '', '', s.name, n::text,
       '', '', '', '', CASE WHEN n %% 5 = 0 THEN s.name || n || '号小店' ELSE '' END, '{}',
       ST_SetSRID(ST_Point(121 + (s.id %% 64) * 0.012 + n * 0.00004, 31 + (s.id / 64) * 0.012 + (n %% 2) * 0.0002),
                  4490), now()
  FROM streets s CROSS JOIN generate_series(1, %s) n"""
INDEXED = """
INSERT INTO spatial_place (layer, "row", kind, term, number, main, block, unit, floor, room, names, district, town,
                           title, geom)
SELECT 'addresses', id, 'door', road, number, number::int, '', '', '', '', name, district, '',
       road || number || '号', geom FROM spatial_address
UNION ALL
SELECT 'addresses', id, 'name', name, '', NULL, '', '', '', '', name, district, '',
       road || number || '号', geom FROM spatial_address WHERE name <> ''"""


def names(streets: int = STREETS) -> list[str]:
    """Streets with names of two to four characters."""
    chance, found = random.Random(3), dict[str, None]()
    while len(found) < streets:
        found["".join(chance.sample(SIGNS, chance.choice((2, 2, 3)))) + chance.choice(("路", "路", "街", "大道"))] = (
            None
        )
    return list(found)


def build(url: str, count: int = STREETS) -> None:
    """Fill the tables and the index with so many streets of ``DOORS``."""
    os.environ["DATABASE_URL"] = url
    from gis.locate.spelling import initials, near, pinyin

    town.manage(url, "migrate", "-v0")
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("CREATE TEMP TABLE streets (id int, name text)")
        streets = names(count)
        with connection.cursor().copy("COPY streets FROM STDIN") as copy:
            for place, name in enumerate(streets):
                copy.write_row((place, name))
        connection.execute(MADE, [DOORS])
        connection.execute(INDEXED)
        shops = [f"{name}{n}号小店" for name in streets for n in range(5, DOORS + 1, 5)]
        with connection.cursor().copy(
            "COPY spatial_placename (term, shown, pinyin, initials, near, tally) FROM STDIN"
        ) as copy:
            for tally, group in ((DOORS, streets), (1, shops)):
                for name in group:
                    copy.write_row((name, name, pinyin(name), initials(name), near(name), tally))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def lines(count: int, known: int = STREETS) -> dict[str, list[str]]:
    """Questions: doors as they are written, mistyped ones, numbers that are not there, and what is being typed."""
    chance, streets = random.Random(5), names(known)

    def street() -> str:
        return chance.choice(streets)

    doors = [f"云汀市{street()}{chance.randint(1, DOORS)}号" for _ in range(count)]
    typed = [
        f"{name[:1]}{chance.choice(SIGNS)}{name[2:]}{chance.randint(1, DOORS)}号" for name in (street() for _ in doors)
    ]
    absent = [f"{street()}{chance.randint(DOORS + 1, 400)}号" for _ in doors]
    begun = [f"{street()}{chance.randint(1, DOORS)}号"[: chance.randint(1, 7)] for _ in doors]
    return {"doors": doors, "mistyped": typed, "not on record": absent, "being typed": begun}


def alone(url: str) -> None:
    """In one process, one after the other, as a resident asks."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from layers.locate import locate
    from layers.scope import RESIDENT
    from layers.search import search

    print(f"{'alone':18}{'p50 ms':>8}{'p95':>8}{'p99':>8}   load {os.getloadavg()[0]:.1f}")
    for kind, questions in lines(1500).items():
        ask = search if kind == "being typed" else locate
        took = []
        for text in questions:
            began = time.perf_counter()
            ask(text, RESIDENT)
            took.append(1000 * (time.perf_counter() - began))
        took = sorted(took[100:])
        p50, p95, p99 = (took[int(len(took) * part)] for part in (0.5, 0.95, 0.99))
        print(f"{kind:18}{p50:8.1f}{p95:8.1f}{p99:8.1f}", flush=True)


def served(url: str, var: Path, processes: int) -> None:
    """Through the server as it is started, one process, or two of them side by side; clients of wrk beside it; no
    question comes twice, so that nothing that is remembered helps. Processor milliseconds a question: the servers',
    the database's, the clients'."""
    seconds, folder = int(os.environ.get("BENCH_SECONDS", "8")), var / "bench"
    database = int((cluster.data_folder(var) / "postmaster.pid").read_text().split("\n", 1)[0])
    print(f"{f'served by {processes}':14}{'clients':>8}{'per s':>8}{'p50 ms':>8}{'p95':>8}{'p99':>8}{'failed':>8}"
          "   processor ms")  # fmt: skip
    candidate = servers.ours(url, var, "config.rsgi:application")
    with ExitStack() as stack:
        ours = [stack.enter_context(servers.running(candidate, folder / "locate.log")) for _ in range(processes)]
        address, beside = ours[0][0], ours[1][0] if processes > 1 else ""
        for kind, questions in lines(40_000).items():
            path = "search" if kind == "being typed" else "locate"
            paths = [f"/api/{path}?q={quote(text)}" for text in questions]
            load.drive(address, paths[:6000], 3, folder, clients=16, beside=beside)
            for clients, some in ((4, paths[6000:23_000]), (16, paths[23_000:])):
                before = worked(*(process for _, process in ours), database)
                found = load.drive(
                    address, some, seconds, folder, clients=clients, stride=len(some) // 2, beside=beside
                )
                after, asked = worked(*(process for _, process in ours), database), found.rate * seconds
                spent = [1000 * (b - a) / asked for a, b in zip(before, after, strict=True)]
                print(f"{kind:14}{clients:8}{found.rate:8.0f}{found.p50:8.1f}{found.p95:8.1f}{found.p99:8.1f}"
                      f"{found.failures:8}   {' + '.join(f'{each:.2f}' for each in spent)}", flush=True)  # fmt: skip
                if clients == CLIENTS and kind in PROMISED:
                    judge(kind, processes, found)


def judge(kind: str, processes: int, found: load.Result) -> None:
    """Tell whether what was promised of a kind of question was kept."""
    rate, p99 = PROMISED[kind]
    gate = f"{kind} over {STREETS * DOORS:,} addresses, processes: {processes}"
    if rate:
        held.told(gate, found.rate, "≥", rate, "/s")
    held.told(f"{gate}, p99", found.p99, "<", p99, " ms")
    held.told(f"{gate}, failures", found.failures, "=", 0)


def worked(*processes: int) -> list[float]:
    """Processor seconds so far of each of these with its children, and of those that we started and that have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return [*(memory.cpu(memory.tree(one)) for one in processes), ended.ru_utime + ended.ru_stime]


def main() -> None:
    """Build unless BENCH_KEEP=1, then measure."""
    var = read(os.environ).var
    cluster.start(var)
    url = cluster.url(var, DATABASE)
    if not os.environ.get("BENCH_KEEP"):
        with psycopg.connect(cluster.url(var, "postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {DATABASE}")
        build(url)
    os.environ["DATABASE_URL"] = url
    (var / "bench").mkdir(parents=True, exist_ok=True)
    alone(url)
    for processes in (1, 2):
        served(url, var, processes)


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
