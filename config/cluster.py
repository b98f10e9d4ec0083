"""`python -m config.cluster start|stop|status|url|remove`: a private PostGIS cluster, on a socket only."""

import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

from config import postgres
from config.env import Refused, read
from config.postgres import ClusterRefused
from tiles.pool import ROLES

NAME = "chengtu"  # of the database and of its role
EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")
PATIENCE = 60  # seconds; after kill -9 the orphans must notice, then recovery runs


def data_folder(var: Path) -> Path:
    """Where the cluster's files are, or will be."""
    return (var / "pg").resolve() / "data"


def socket_folder(var: Path) -> Path:
    """The folder of the socket: beside the data, or the short one remembered there."""
    home = (var / "pg").resolve()
    remembered = home / "socket.path"
    if remembered.is_file():
        return Path(remembered.read_text(encoding="utf-8").strip())
    return home / "socket" if postgres.fits(home / "socket") else postgres.short_folder(var)


def url(var: Path, database: str = NAME) -> str:
    """A libpq URL of the cluster, running or not."""
    return f"postgresql://{NAME}@/{database}?host={quote(str(socket_folder(var)), safe='')}"


def running(var: Path) -> bool:
    """True when the cluster answers."""
    try:
        psycopg.connect(url(var, "postgres"), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def start(var: Path) -> str:
    """Start the cluster, making it when there is none, and answer its URL. Starting a running one changes nothing."""
    with _alone(var):
        if not running(var):
            who = postgres.owner(data_folder(var))
            home = postgres.home_for(var, who)
            data, bins = home / "data", postgres.programs(home / "data")
            if not (data / "PG_VERSION").exists():
                _initialise(bins, data, who)
            _configure(var, home, who)
            _forget_dead(data, socket_folder(var))
            _launch(bins, data, who)
        _furnish(var)
    return url(var)


def stop(var: Path) -> bool:
    """Stop the cluster; False when there was nothing to stop."""
    data = data_folder(var)
    if not (data / "postmaster.pid").exists():
        return False
    done = postgres.run(
        postgres.owner(data),
        postgres.programs(data) / "pg_ctl",
        "stop",
        "-D",
        data,
        "-m",
        "fast",
        "-w",
        "-t",
        str(PATIENCE),
    )
    return done.returncode == 0


def remove(var: Path) -> None:
    """Stop the cluster and delete its data and its socket folder, wherever they are."""
    stop(var)
    socket, home = socket_folder(var), (var / "pg").resolve()
    if socket.name.startswith("chengtu-"):
        postgres.remove(socket)
    postgres.remove(home)
    if (var / "pg").is_symlink():
        (var / "pg").unlink()


@contextmanager
def _alone(var: Path) -> Iterator[None]:
    """Two `make run` at once must not both initialise."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / "pg.lock").open("w") as lock:
        os.set_inheritable(lock.fileno(), False)
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _initialise(bins: Path, data: Path, who: postgres.Owner) -> None:
    postgres.remove(data)  # left by an initdb that was cut off
    done = postgres.run(
        who, bins / "initdb", "-D", data, "-U", NAME, "-A", "trust", "-E", "UTF8", "--locale", postgres.locale()
    )
    if done.returncode:
        postgres.remove(data)
        raise ClusterRefused(f"initdb 失败 / initdb failed: {done.stderr.strip()[-300:]}")


def _configure(var: Path, home: Path, who: postgres.Owner) -> None:
    """Write both configuration files anew and remember a short socket folder. `trust` is safe: the folder is 0700."""
    socket = socket_folder(var)
    postgres.make_private(socket, who)
    if socket.parent != home:
        (home / "socket.path").write_text(f"{socket}\n", encoding="utf-8")
    postgres.make_private(home / "log", who)
    text = postgres.configuration(socket, home / "log") + "include_if_exists = '../local.conf'\n"
    (home / "data" / "postgresql.conf").write_text(text, encoding="utf-8")
    (home / "data" / "pg_hba.conf").write_text("local all all trust\n", encoding="ascii")


def _forget_dead(data: Path, socket: Path) -> None:
    """Drop lock files whose process number now belongs to a stranger, as after a container's restart.

    A number that is free, or still PostgreSQL's, is left to PostgreSQL's own check: it also looks for orphans.
    """
    for lock in (data / "postmaster.pid", socket / f"{postgres.SOCKET_FILE}.lock"):
        try:
            command = Path("/proc", lock.read_text().split("\n", 1)[0], "comm").read_text()
        except (FileNotFoundError, NotADirectoryError):
            continue
        if command.strip() not in ("postgres", "postmaster"):
            lock.unlink()


def _launch(bins: Path, data: Path, who: postgres.Owner) -> None:
    """Start and wait. Orphans of a killed server hold its shared memory for a moment, hence more than one attempt."""
    log, deadline = data.parent / "log" / "start.log", time.monotonic() + PATIENCE
    while True:
        done = postgres.run(who, bins / "pg_ctl", "start", "-D", data, "-l", log, "-w", "-t", str(PATIENCE))
        if done.returncode == 0:
            return
        if time.monotonic() > deadline:
            raise ClusterRefused(f"数据库无法启动,见 {log} / The database does not start: see {log}")
        time.sleep(0.5)


def _furnish(var: Path) -> None:
    """Roles, database and extensions; refuse a ctype that cannot see Chinese."""
    with psycopg.connect(url(var, "postgres"), autocommit=True) as connection:
        for role in ROLES.values():  # a dump grants them their rights, but cannot make them
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                connection.execute(f'CREATE ROLE "{role}" NOLOGIN')
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
            connection.execute(f'CREATE DATABASE "{NAME}"')
    with psycopg.connect(url(var), autocommit=True) as connection:
        for extension in EXTENSIONS:
            connection.execute(f'CREATE EXTENSION IF NOT EXISTS "{extension}"')
        row = connection.execute("SELECT cardinality(show_trgm('城图'))").fetchone()
    if not row or not row[0]:
        raise ClusterRefused(
            "数据库的语言环境不识汉字,搜索不可用 / The cluster's ctype knows no Chinese: search would not work."
        )


def main(words: list[str]) -> int:
    """The command line; returns the exit status."""
    if len(words) != 1 or words[0] not in ("start", "stop", "status", "url", "remove"):
        sys.exit("python -m config.cluster start|stop|status|url|remove")
    env, word = read(os.environ), words[0]
    if not env.embedded:
        print("DATABASE_URL 已设置,不使用内置数据库 / DATABASE_URL is set: there is no embedded cluster.")
        return 0
    if word == "start":
        print(start(env.var))
    elif word == "url":
        print(url(env.var))
    elif word == "status":
        up = running(env.var)
        print("运行中 / running" if up else "未运行 / stopped")
        return 0 if up else 3
    elif word == "remove":
        remove(env.var)
    else:
        print("数据库已停止 / database stopped" if stop(env.var) else "数据库未在运行 / no database was running")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (ClusterRefused, Refused) as refused:
        sys.exit(str(refused))
