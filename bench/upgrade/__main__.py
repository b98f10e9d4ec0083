"""`make upgrade`: a town of an older release is brought to this one by the guide's own lines, looked at all the while.

Two nodes of the older release serve it; after the guide's lines node after node is replaced. Then rows, rules and every
public tile are held against a database that this release makes anew for the same rows. FROM names the older commit;
without it, the last before footprints had a `clearance`. It has to want the same scripts; its Python libraries are
installed beside ours where they are others.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from bench.scale.city import wait_for
from bench.scale.front import start_nginx
from bench.scale.map import cookies, places
from bench.scale.readers import Seen, fetch, reading
from bench.scale.room import Room, environment, manage
from bench.upgrade.looked import codes, extent, tiles
from bench.upgrade.older import SCRIPTS, git, guide, last_without_clearance, python, unchanged, unpack
from bench.upgrade.tables import CODES, DERIVED, LOOKED, OWN, columns, differences, made_anew, rows, rules
from config import cluster
from config.env import ROOT

PORT = 8160
NODES = ("one", "two")
SETS = ["buildings", "roads,areas,water", "facilities,landuse"]
MORE = ["buildings,roads", "landuse,water,facilities", "zoning,fences,works,grids,addresses"]
STAFF = ["/tiles/pipes/{}", "/tiles/rooms,buildings/{}", "/tiles/fences,zoning/{}"]
WRITTEN = ("django_session", "layers_inquiry")
"""By who looks."""


class Trial:
    """A folder with the older release, its database, its nodes, and what was not as promised."""

    def __init__(self, base: Path, commit: str) -> None:
        self.commit, self.base, self.var, self.older = commit, base, base / "var", base / "older"
        self.room = Room(base, PORT)
        self.ports = {name: PORT + 1 + place for place, name in enumerate((*NODES, "anew"))}
        self.front = f"http://127.0.0.1:{PORT}"
        self.ours = {"VAR": str(self.var), "DEMO": "1"}
        self.broken: list[str] = []

    def build(self) -> None:
        """The older release with its town, two nodes of it, nginx."""
        if not unchanged(self.commit, SCRIPTS):
            sys.exit(f"{SCRIPTS} 不同,此处无法试 / {self.commit} wants other scripts ({SCRIPTS}): choose another FROM.")
        self.clean()
        unpack(self.commit, self.older)
        self.python = python(self.commit, self.base.parent / "bench-older", self.older)
        cluster.start(self.var)
        manage("prepare", where=self.older, python=self.python, **self.ours)
        for node in NODES:
            self.start(node, self.older, self.python)
        start_nginx(self.room, [self.ports[node] for node in NODES])
        wait_for(f"{self.front}/healthz")

    def start(self, node: str, where: Path, python: str = sys.executable, **more: str) -> None:
        """A node of a release."""
        words = [python, "manage.py", "serve"]
        self.room.start(
            f"node {node}", words, apart=False, where=where, PORT=str(self.ports[node]), **self.ours, **more
        )
        wait_for(f"{self.root(node)}/readyz")

    def root(self, node: str) -> str:
        """The URL of a node itself."""
        return f"http://127.0.0.1:{self.ports[node]}"

    def clean(self) -> None:
        """Take everything away."""
        self.room.leave()
        if self.var.exists():
            cluster.remove(self.var)
        shutil.rmtree(self.base, ignore_errors=True)
        self.base.mkdir(parents=True)
        self.base.chmod(0o755)

    def run(self) -> None:
        """Look, upgrade, look again."""
        address = cluster.url(self.var)
        with psycopg.connect(address) as line:
            self.places = places(line)
            self.codes, self.extent = codes(line), extent(line)
        self.staff = cookies(self.root("one"), "manager1", self.password())
        wanted = columns(address, *OWN, *DERIVED, *CODES, *WRITTEN)
        before = rows(address, wanted)
        links, pages, files = self.links(), self.pages(), self.files("one")
        with self.watched("the older release serves"):
            time.sleep(5)
        began = time.monotonic()
        with self.watched("the guide's lines, the older nodes serve", "more"):
            self.upgrade()
        self.tell("they took", f"{time.monotonic() - began:.0f} s")
        same = self.fetched(files, self.root("one")) == files
        self.promise(
            "the older page's scripts and styles by the older nodes", same, f"{len(files)} as before", "others"
        )
        for node in NODES:
            with self.watched(f"node {node} is replaced"):
                self.room.end(f"node {node}")
                self.start(node, ROOT)
            for path in list(self.files("one").keys() - files.keys())[:1]:
                wait_for(f"{self.front}{path}")  # nginx holds a node that was away for dead for two seconds more
            known = self.files("one") | (files if node == "one" or self.apart(files) else {})
            same = self.fetched(known, self.front) == known
            self.promise(
                f"scripts and styles of both releases by nginx, {node} being new", same, f"{len(known)}", "others"
            )
        with self.watched("this release serves"):
            time.sleep(5)
        after = rows(address, wanted)
        other = [table for table in wanted if before[table] != after[table]]
        self.promise("rows of people's tables", not other, f"{len(wanted)} tables equal", f"differ: {other}")
        self.promise(
            "links of places", (now := self.links()) == links, f"{len(links)} as before", self.lost(links, now)
        )
        self.promise("pages and tiles by the older cookie", (now := self.pages()) == pages, f"{len(pages)} as before",
                     self.lost(pages, now))  # fmt: skip
        self.compare(address)

    def upgrade(self) -> None:
        """Run the guide's lines in this release."""
        env = environment(**self.ours)
        done = subprocess.run(["bash", "-euc", guide()], cwd=ROOT, env=env, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr[-600:])

    def compare(self, address: str) -> None:
        """Hold everything against a database of this release alone."""
        anew = made_anew(self.var, self.base / "anew")
        other = differences(rules(address), rules(anew))
        self.promise("tables, rules, functions, rights", not other, "as made anew", "; ".join(other))
        made = {table: names for table, names in columns(address).items() if table in LOOKED}
        same = rows(address, made, "id") == rows(anew, made, "id")
        self.promise("stored shapes and the index of places", same, "as made anew", "differ")
        self.start("anew", ROOT, DATABASE_URL=anew)
        layers = json.loads(fetch(f"{self.root('one')}/api/manifest")[1])["layers"]
        asked = list(tiles(",".join(layer["id"] for layer in layers), self.extent))
        kinds = [(fetch(self.root("one") + path), fetch(self.root("anew") + path)) for path in asked]
        differ = [path for path, (one, two) in zip(asked, kinds, strict=True) if one != two or one[0] not in (200, 204)]
        full = sum(one[0] == 200 for one, _ in kinds)
        self.promise(
            "public tiles", not differ, f"{len(asked)} equal, {full} with something in them", f"differ: {differ[:5]}"
        )

    def links(self) -> dict[str, int]:
        """What the pages of places answer, those that are there."""
        paths = [path for code in self.codes for path in (f"/p/{code}", f"/p/{code}.json", f"/p/{code}.qr.svg")]
        return {path: fetch(self.front + path)[0] for path in paths}

    def pages(self) -> dict[str, int]:
        """What staff get by the cookies of the older release."""
        drawn = [text.format(place.path(16, "").split("//")[1]) for place in self.places[:4] for text in STAFF]
        return {
            path: fetch(self.front + path, cookie=self.staff)[0] for path in ("/field", "/checks", "/import", *drawn)
        }

    def files(self, node: str) -> dict[str, bytes]:
        """What the map of a node loads."""
        page = fetch(f"{self.root(node)}/map")[1].decode()
        return self.fetched(re.findall(r'"(/static/[^"]+\.(?:js|css|svg))"', page), self.root(node))

    @staticmethod
    def fetched(paths: Iterable[str], root: str) -> dict[str, bytes]:
        """What is there; nothing where the answer is no file."""
        return {path: fetch(root + path)[1] for path in paths}

    def apart(self, files: dict[str, bytes]) -> bool:
        """Whether the older release kept its files in a folder of its own, as releases do since 2026-11-23."""
        return (self.var / "static" / next(iter(files)).split("/")[2]).is_dir()

    def password(self) -> str:
        """That of the demo account that looks."""
        lines = (self.var / "secrets" / "demo-accounts.txt").read_text(encoding="ascii").splitlines()
        return dict(line.split() for line in lines)["manager1"]

    @contextmanager
    def watched(self, what: str, *more: str) -> Iterator[None]:
        """Strangers and staff who look at the map meanwhile; with more also at tiles that nobody asked for before."""
        zooms, sets = ((15, 17), MORE) if more else ((11, 13, 16), SETS)
        drawn = [self.front + place.path(zoom, names) for place in self.places for zoom in zooms for names in sets]
        strangers = [*sorted(set(drawn)), f"{self.front}/map", f"{self.front}/api/manifest",
                     *(self.front + path for path, status in self.links().items() if status == 200)]  # fmt: skip
        staff = [self.front + path for path, status in self.pages().items() if status in (200, 204)]
        with ExitStack() as readers:
            seen = readers.enter_context(reading(strangers))
            known = readers.enter_context(reading(staff, readers=2, cookie=self.staff))
            yield
        self.told(f"{what}: strangers", seen)
        self.told(f"{what}: staff", known)

    def told(self, what: str, seen: Seen) -> None:
        """What readers saw; none may fail."""
        self.promise(
            what, not seen.failures and bool(seen.times), f"{seen}", f"{seen}; {list(seen.failed.items())[:5]}"
        )

    def promise(self, what: str, held: bool, fine: str, otherwise: str) -> None:
        """A line of the table, and what was not as it should be."""
        self.tell(what, fine if held else f"**{otherwise}**")
        if not held:
            self.broken.append(f"{what}: {otherwise}")

    @staticmethod
    def lost(before: dict[str, int], now: dict[str, int]) -> str:
        """What is answered otherwise."""
        return "; ".join(
            f"{path} {status} → {now.get(path)}" for path, status in before.items() if now.get(path) != status
        )

    @staticmethod
    def tell(what: str, seen: str) -> None:
        """A line of the table."""
        print(f"| {what} | {seen} |", flush=True)


def main() -> str:
    """Everything that is started is ended, whatever happens; what was not as promised, or nothing."""
    commit = os.environ.get("FROM") or last_without_clearance()
    trial = Trial(Path(os.environ.get("VAR", "var")).resolve() / "upgrade", commit)
    began = time.monotonic()
    try:
        print(git("log", "-1", "--format=%h %ad %s", "--date=iso", commit).decode(), "\n| what | seen |\n|---|---|")
        trial.build()
        trial.run()
    finally:
        trial.room.leave()
        cluster.remove(trial.var)
    print(f"\n{time.monotonic() - began:.0f} s; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return "\n".join(("", "未守诺 / Broken:", *trial.broken)) if trial.broken else ""


if __name__ == "__main__":
    sys.exit(main() or 0)
