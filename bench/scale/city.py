"""All that runs in a city that has outgrown one machine: two databases with their poolers, Redis, nginx, two nodes."""

import secrets
import shutil
import sys
import time
import urllib.error
import urllib.request
from signal import SIGKILL

from bench.scale.databases import Database, url
from bench.scale.front import start_nginx
from bench.scale.room import Room, manage
from config import keys, postgres
from config.env import ROOT
from config.release import fingerprint

NODES = ("one", "two")
PATIENCE_S = 120


class City:
    """The machines by name. ``a`` is the primary at first and ``b`` its replica."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.a, self.b = Database(room, "a"), Database(room, "b")
        self.front = f"http://127.0.0.1:{room.port}"
        self.ports = {name: room.port + 1 + place for place, name in enumerate(NODES)}
        self.redis = room.base / "redis"
        kept = room.base / "secrets"
        self.secrets = {
            "SECRET_KEY": keys.kept(kept, "secret_key", keys.session_key),
            "FIELD_KEY": keys.kept(kept, "field_key", keys.field_key),
        }
        self.password = keys.kept(kept, "password", lambda: secrets.token_urlsafe(12))

    def address(self, node: str) -> str:
        """The URL of a node itself."""
        return f"http://127.0.0.1:{self.ports[node]}"

    def variables(self, node: str, **more: str) -> dict[str, str]:
        """The environment of a node: what the operator's guide says."""
        a, b = self.a, self.b
        return {
            "VAR": str(self.room.base / f"node-{node}"),
            "PORT": str(self.ports[node]),
            "DATABASE_URL": url(a.socket, b.socket, wanted="read-write"),
            "DATABASE_POOL_URL": url(a.pooled, b.pooled, wanted="read-write"),
            "DATABASE_READ_URL": url(b.socket, a.socket),
            "REDIS_URL": f"unix://{self.redis}/redis.sock",
            "DJANGO_SUPERUSER_PASSWORD": self.password,
            **self.secrets,
            **more,
        }

    def build(self) -> None:
        """Everything from nothing, with the sample town."""
        self.a.stop("immediate")
        self.b.stop("immediate")
        self._fill()
        self.b.follow(self.a)
        for database in (self.a, self.b):
            database.pool()
        self.start_redis()
        for node in NODES:
            if node != NODES[0]:
                folder = self.room.base / f"node-{node}" / "static"
                shutil.copytree(self.room.base / f"node-{NODES[0]}" / "static", folder, dirs_exist_ok=True)
            self.start_node(node)
        self.start_nginx()

    def _fill(self) -> None:
        """The primary with the sample town; a second run begins with a copy of what the first one made."""
        made = self.room.base / f"made-{fingerprint(ROOT / 'gis' / 'migrations')}.tar"
        if made.exists():
            self.a.restore(made)
            return
        self.a.make()
        first = self.variables(NODES[0], DATABASE_READ_URL="", DATABASE_POOL_URL="", REDIS_URL="")
        manage("prepare", **first)
        manage("createsuperuser", "--noinput", "--username", "chief", "--email", "", **first)
        self.a.save(made)

    def start_redis(self) -> None:
        """Redis as a cache: nothing on disk, the least used leaves."""
        postgres.make_private(self.redis, self.room.who)
        options = ["--port", "0", "--unixsocket", f"{self.redis}/redis.sock", "--save", "", "--dir", str(self.redis)]
        memory = ["--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"]
        self.room.start("redis", [shutil.which("redis-server") or "redis-server", *options, *memory])

    def start_node(self, node: str) -> None:
        """A web node by the command that everybody uses."""
        self.room.start(f"node {node}", [sys.executable, "manage.py", "serve"], apart=False, **self.variables(node))
        wait_for(f"{self.address(node)}/readyz")

    def kill_node(self, node: str) -> None:
        """As the power cut does."""
        self.room.end(f"node {node}", SIGKILL)

    def start_nginx(self) -> None:
        """The shipped nginx before both nodes."""
        start_nginx(self.room, list(self.ports.values()))
        wait_for(f"{self.front}/healthz")

    def leave(self) -> None:
        """End everything."""
        self.room.leave()
        self.b.stop("immediate")
        self.a.stop("immediate")


def wait_for(address: str) -> None:
    """Until it answers 200."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:  # HTTPError is one
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
