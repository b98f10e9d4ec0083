"""What is tried: each trial does one thing to the machines and tells, in lines of a table, what readers saw of it."""

import random
import re
import time
from pathlib import Path
from signal import SIGKILL
from threading import Thread

import psycopg

from bench.scale.city import NODES, City
from bench.scale.map import Place, places, sign_in
from bench.scale.readers import Seen, fetch, reading, seconds_until
from config import cluster
from config.postgres import run

Lines = list[tuple[str, str]]
SET = "UPDATE spatial_building SET name = %s WHERE id = %s RETURNING id"
PAUSED_S = 2.0
SHARED = re.compile(rb'chengtu_shared_tiles_total{result="hit"} (\S+)')
TOKEN = re.compile(rb"edit(\d{6})")
COUNTS = [f"SELECT count(*) FROM {table}" for table in ("spatial_building", "spatial_segment", "spatial_news")]
FRESH_S = 5.0
"""Until an edit is seen: a second on machines of their own, and here everything shares two processors."""
PROMOTED_S = 30.0


class Trials:
    """The trials in the order in which they leave the machines usable for the next."""

    def __init__(self, city: City) -> None:
        self.city, self.primary, self.replica = city, city.a, city.b
        with self.primary.connect() as line:
            self.places = places(line)
        self.number = 0
        self.broken: list[str] = []
        self.roads = {"nginx": city.front, **{f"node {name}": city.address(name) for name in NODES}}

    def lag(self) -> Lines:
        """The replica stands still for two seconds while rows are written."""
        place = self.places[0]
        before = self.edit(place)
        self.wait(place, before)
        self.replica.value("SELECT pg_wal_replay_pause()")
        after = self.edit(place)
        seen, began = {before: 0, after: 0}, time.monotonic()
        while time.monotonic() < began + PAUSED_S:
            for root in self.roads.values():
                for zoom in (16, 15):  # kept before, and never asked for before
                    _, body = fetch(root + place.path(zoom))
                    seen[before] += before in body
                    seen[after] += after in body
        self.replica.value("SELECT pg_wal_replay_resume()")
        shown = {name: seconds_until(lambda r=root: self.shows(r, place, after)) for name, root in self.roads.items()}
        told = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in shown.items())
        self.promise(seen[before] > 0 and not seen[after], f"{seen[after]} tiles newer than the replica's news")
        self.promise(max(shown.values()) < FRESH_S, f"an edit was seen after {max(shown.values()):.1f} s")
        return [
            (
                "replica stopped for 2 s, then an edit",
                f"{seen[before]} tiles as the replica has it, {seen[after]} newer",
            ),
            ("edit seen after the replica goes on", told),
        ]

    def storm(self) -> Lines:
        """Edits all over while the replica stops and goes on; nobody may ever see time run backwards."""
        ended: list[bool] = []
        backwards = dict.fromkeys(self.roads, 0)
        watchers = [Thread(target=self.watch, args=(name, backwards, ended)) for name in self.roads]
        for watcher in watchers:
            watcher.start()
        last: dict[Place, bytes] = {}
        for turn in range(120):
            if turn % 20 in (5, 12):
                self.replica.value(f"SELECT pg_wal_replay_{'pause' if turn % 20 == 5 else 'resume'}()")
            place = random.choice(self.places[1:])
            last[place] = self.edit(place)
            time.sleep(0.03)
        time.sleep(2)
        ended.append(True)
        for watcher in watchers:
            watcher.join(30)
        wrong = sum(not self.shows(root, place, token) for root in self.roads.values() for place, token in last.items())
        self.promise(not any(backwards.values()), f"{sum(backwards.values())} tiles older than one seen before")
        self.promise(not wrong, f"{wrong} kept tiles differ from the table")
        return [
            ("120 edits, the replica stops and goes on", f"{sum(backwards.values())} tiles older than one seen before"),
            ("afterwards", f"{wrong} of {len(last) * len(self.roads)} kept tiles differ from the table"),
        ]

    def node_loss(self) -> Lines:
        """A node is killed under load, and comes back."""
        with reading(self.addresses(self.city.front)) as seen:
            time.sleep(1.5)
            self.city.kill_node("two")
            time.sleep(3)
        with reading(self.addresses(self.city.front)) as later:
            self.city.start_node("two")
            time.sleep(1)
        return [("kill -9 of a node under load", self.told(seen)), ("it comes back", self.told(later))]

    def upgrade(self) -> Lines:
        """The nodes are replaced one after the other by the same release: no new schema is tried."""
        with reading(self.addresses(self.city.front)) as seen:
            for node in NODES:
                self.city.room.end(f"node {node}")
                self.city.start_node(node)
        asked = {fetch(one)[0] for one in self.addresses(self.city.address("two"))}
        metrics = fetch(self.city.address("two") + "/metrics")[1]
        hits = sum(int(float(found)) for found in SHARED.findall(metrics))
        return [
            ("nodes replaced one by one, by the same release, under load", self.told(seen)),
            ("a new node's tiles that Redis had", f"{hits} (of {len(self.addresses(''))} tiles; statuses {asked})"),
        ]

    def redis_loss(self) -> Lines:
        """Redis hangs for two seconds, then is killed; cold tiles are asked for meanwhile."""
        with reading(self.addresses(self.city.front, zooms=(13, 14, 15, 17, 18))) as seen:
            time.sleep(0.5)
            self.city.room.processes["redis"].send_signal(19)
            time.sleep(2)
            self.city.room.end("redis", SIGKILL)
            time.sleep(1)
            self.city.start_redis()
            time.sleep(1)
        return [("Redis hangs 2 s, is killed and comes back", self.told(seen))]

    def backup(self, folder: Path) -> Lines:
        """A dump of the replica, restored into a new cluster that has nothing but what the embedded one begins with."""
        database, file, var = self.replica, folder / "city.dump", self.city.room.base / "restored"
        who, began = database.room.who, time.monotonic()
        where = ["-h", str(database.socket), "-U", "chengtu", "-Fc", "-f", file, "chengtu"]
        done = [run(who, database.bins / "pg_dump", *where)]
        options = ["--exit-on-error", "--single-transaction", "--no-owner", "-d", cluster.start(var)]
        done.append(run(who, database.bins / "pg_restore", *options, file))
        with psycopg.connect(cluster.url(var)) as restored:
            same = [restored.execute(count).fetchone() for count in COUNTS] == [
                (self.primary.value(count),) for count in COUNTS
            ]
        cluster.remove(var)
        words = "; ".join(one.stderr.strip()[-200:] for one in done if one.returncode) or f"same rows: {same}"
        self.promise(same, f"restore: {words}")
        return [("dump of the replica, restored into a new cluster", f"{words}; {time.monotonic() - began:.1f} s")]

    def failover(self) -> Lines:
        """The primary is gone at once; the replica is promoted; nobody restarts anything else."""
        root, place = self.city.address("one"), self.places[0]
        self.wait(place, self.edit(place))
        with reading(self.addresses(self.city.front)) as seen:
            began = time.monotonic()
            self.primary.stop("immediate")
            self.city.room.end(f"pgbouncer {self.primary.name}", SIGKILL)  # the machine is lost, and what stood on it
            self.replica.promote()
            promoted = time.monotonic() - began
            self.primary, self.replica = self.replica, self.primary
            seconds_until(lambda: fetch(f"{root}/readyz")[0] == 200, step_s=0.1)
            seconds_until(lambda: sign_in(root, "chief", self.city.password), step_s=0.5)
            written = time.monotonic() - began
            token = self.edit(place)
            shown = max(seconds_until(lambda r=r: self.shows(r, place, token)) for r in self.roads.values())
        self.promise(written < PROMOTED_S, f"pages wrote again {written:.1f} s after the primary was lost")
        self.promise(shown < FRESH_S, f"an edit at the new primary was seen after {shown:.1f} s")
        return [
            ("primary lost with its PgBouncer, replica promoted", f"{promoted:.1f} s"),
            ("pages write again (sign-in through PgBouncer)", f"{written:.1f} s after the stop"),
            ("an edit at the new primary is seen everywhere", f"{shown:.2f} s after it"),
            ("readers meanwhile", self.told(seen)),
        ]

    def follow(self) -> Lines:
        """What was the primary becomes the replica of the new one."""
        began = time.monotonic()
        self.replica.follow(self.primary)
        seconds = time.monotonic() - began
        place = self.places[0]
        token = self.edit(place)
        shown = max(seconds_until(lambda r=r: self.shows(r, place, token)) for r in self.roads.values())
        self.promise(shown < FRESH_S, f"an edit was seen after {shown:.1f} s by a replica that was the primary")
        return [("old primary back as replica (base backup)", f"{seconds:.1f} s; an edit is seen after {shown:.2f} s")]

    def edit(self, place: Place) -> bytes:
        """Give a building a name of its own, and return it."""
        self.number += 1
        token = f"edit{self.number:06}"
        self.primary.value(SET, token, place.number)
        return token.encode()

    def shows(self, root: str, place: Place, token: bytes) -> bool:
        """Whether the tile has the name."""
        return token in fetch(root + place.path(16))[1]

    def wait(self, place: Place, token: bytes) -> None:
        """Until all show the name."""
        for root in self.roads.values():
            seconds_until(lambda r=root: self.shows(r, place, token))

    def watch(self, name: str, backwards: dict[str, int], ended: list[bool]) -> None:
        """Ask one server again and again, and count what is older than what it gave before."""
        newest: dict[str, int] = {}
        while not ended:
            for place in self.places[1:]:
                found = TOKEN.findall(fetch(self.roads[name] + place.path(16))[1])
                shown = max(map(int, found), default=0)
                backwards[name] += shown < newest.get(place.path(16), 0)
                newest[place.path(16)] = max(shown, newest.get(place.path(16), 0))

    def addresses(self, root: str, zooms: tuple[int, ...] = (16,)) -> list[str]:
        """The tiles of the places."""
        return sorted({root + place.path(zoom) for place in self.places for zoom in zooms})

    def told(self, seen: Seen) -> str:
        """What readers saw, failures first: there should be none."""
        words = f"{seen.failures} failures of {sum(seen.statuses.values())}: {seen}"
        self.promise(not seen.failures and bool(seen.times), words)
        return words

    def promise(self, held: bool, words: str) -> None:
        """Remember what was not as it should be."""
        if not held:
            self.broken.append(words)
