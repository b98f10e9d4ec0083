"""A primary and a streaming replica with a PgBouncer before each, on sockets in folders of their own."""

import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from bench.scale.room import Room
from config import postgres

NAME = "chengtu"
PATIENCE_S = 60
HBA = "local all all trust\nlocal replication all trust\n"
MORE = """
max_connections = 80
shared_buffers = 64MB
wal_level = replica
max_wal_senders = 5
wal_keep_size = 256MB
hot_standby = on
hot_standby_feedback = on
wal_receiver_status_interval = 1s
wal_retrieve_retry_interval = 500ms
"""
POOLER = """[databases]
chengtu = host={host} port=5432 dbname=chengtu user=chengtu
[pgbouncer]
unix_socket_dir = {here}
listen_addr =
listen_port = 5432
auth_type = any
pool_mode = transaction
default_pool_size = 10
server_login_retry = 1
server_connect_timeout = 3
query_wait_timeout = 5
ignore_startup_parameters = extra_float_digits,options
logfile = {here}/pgbouncer.log
pidfile = {here}/pgbouncer.pid
"""


class Database:
    """A PostgreSQL server in a folder."""

    def __init__(self, room: Room, name: str) -> None:
        self.room, self.name = room, name
        self.home = room.base / name
        self.data, self.socket, self.pooled = self.home / "data", self.home / "socket", self.home / "pooled"
        self.bins = postgres.programs(self.data)

    def make(self) -> None:
        """An empty cluster with our database in it."""
        self._folders()
        self._run("initdb", "-D", self.data, "-U", NAME, "-A", "trust", "-E", "UTF8", "--locale", postgres.locale())
        self.start()
        self._run("createdb", "-h", self.socket, "-U", NAME, NAME)
        with self.connect() as line:
            for extension in ("postgis", "pg_trgm", "btree_gist"):
                line.execute(f"CREATE EXTENSION {extension}")

    def follow(self, primary: "Database") -> None:
        """Become the primary's replica, from a base backup."""
        self._folders()
        self._run(
            "pg_basebackup", "-D", self.data, "-h", primary.socket, "-U", NAME, "-R", "-X", "stream", "-c", "fast"
        )
        self.start()

    def save(self, file: Path) -> None:
        """Put the stopped server's files into one."""
        self.stop()
        subprocess.run(["tar", "-cf", file, "-C", self.home, "data"], check=True)
        self.start()

    def restore(self, file: Path) -> None:
        """Start with files that were saved."""
        self._folders()
        subprocess.run(["tar", "-xpf", file, "-C", self.home], check=True)
        self.start()

    def start(self) -> None:
        """Start, and wait for the first answer."""
        text = postgres.configuration(self.socket, self.home / "log") + MORE
        (self.data / "postgresql.conf").write_text(text, encoding="utf-8")
        (self.data / "pg_hba.conf").write_text(HBA, encoding="ascii")
        self._run(
            "pg_ctl", "start", "-D", self.data, "-l", self.home / "log" / "start.log", "-w", "-t", str(PATIENCE_S)
        )

    def stop(self, how: str = "fast") -> None:
        """Stop; ``immediate`` is a crash."""
        if (self.data / "postmaster.pid").exists():
            postgres.run(self.room.who, self.bins / "pg_ctl", "stop", "-D", self.data, "-m", how, "-w")

    def promote(self) -> None:
        """Make the replica the primary."""
        self._run("pg_ctl", "promote", "-D", self.data, "-w")

    def pool(self) -> None:
        """Start the PgBouncer of this server."""
        text = POOLER.format(host=self.socket, here=self.pooled)
        (self.pooled / "pgbouncer.ini").write_text(text, encoding="utf-8")
        self.room.start(f"pgbouncer {self.name}", ["/usr/sbin/pgbouncer", "-q", str(self.pooled / "pgbouncer.ini")])
        deadline = time.monotonic() + PATIENCE_S
        while not (self.pooled / ".s.PGSQL.5432").exists() and time.monotonic() < deadline:
            time.sleep(0.05)

    def connect(self, database: str = NAME) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection of the trial's own, which commits by itself."""
        return psycopg.connect(host=str(self.socket), user=NAME, dbname=database, autocommit=True)

    def value(self, sql: str, *parameters: object, database: str = NAME) -> Any:
        """The first column of the first row."""
        with self.connect(database) as line:
            row = line.execute(sql, parameters).fetchone()
        return row[0] if row else None

    def _folders(self) -> None:
        postgres.remove(self.home)
        for folder in (self.home, self.socket, self.pooled, self.home / "log"):
            postgres.make_private(folder, self.room.who)

    def _run(self, program: str, *words: str | Path) -> None:
        done = postgres.run(self.room.who, self.bins / program, *words)
        if done.returncode:
            raise RuntimeError(f"{program} {self.name}: {done.stderr.strip()[-400:]}")


def url(*sockets: Path, wanted: str = "") -> str:
    """A libpq URL of the first of some servers that answers as ``target_session_attrs`` wants."""
    hosts = ",".join(quote(str(socket), safe="") for socket in sockets)
    return f"postgresql://{NAME}@/{NAME}?host={hosts}" + (f"&target_session_attrs={wanted}" if wanted else "")
