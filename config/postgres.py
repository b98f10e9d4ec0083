"""What the private cluster needs of this machine: programs, an unprivileged owner, a locale, a socket, memory."""

import hashlib
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

SOCKET_LIMIT = 107  # bytes of sun_path on Linux, without its final NUL
SOCKET_FILE = ".s.PGSQL.5432"
LOCALES = ("C.UTF-8", "zh_CN.UTF-8", "en_US.UTF-8")
USERS = ("postgres", "chengtu")
INSTALL = "apt-get install postgresql postgresql-postgis"
INSTALLED = Path("/usr/lib/postgresql")


class ClusterRefused(RuntimeError):
    """The cluster cannot work here; the message is one sentence, Chinese first, that says what to do."""


@dataclass(frozen=True)
class Owner:
    """The account that runs the server. `switch` is True when we are root and must become it."""

    uid: int
    gid: int
    switch: bool


def owner(data: Path) -> Owner:
    """Who runs the cluster in `data`: its present owner, else us, else (we are root) an unprivileged user."""
    me = os.geteuid()
    if data.exists() and me not in (0, data.stat().st_uid):
        name = pwd.getpwuid(data.stat().st_uid).pw_name
        raise ClusterRefused(
            f"数据库属于用户 {name},请以该用户或 root 运行 / The database belongs to {name}: run as {name} or root."
        )
    if me:
        return Owner(me, os.getegid(), switch=False)
    account = pwd.getpwuid(data.stat().st_uid) if data.exists() else _unprivileged()
    return Owner(account.pw_uid, account.pw_gid, switch=True)


def _unprivileged() -> pwd.struct_passwd:
    for name in USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    subprocess.run(["useradd", "--system", "--user-group", "--no-create-home", USERS[-1]], check=True)
    return pwd.getpwnam(USERS[-1])


def run(who: Owner, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program as `who`; never raises, the caller reads returncode and stderr."""
    words = [str(word) for word in command]
    plain = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"}
    if who.switch:
        return subprocess.run(
            words, cwd="/", env=plain, capture_output=True, text=True, user=who.uid, group=who.gid, extra_groups=[]
        )
    return subprocess.run(words, cwd="/", env=plain, capture_output=True, text=True)


def programs(data: Path) -> Path:
    """The bin directory of the newest PostgreSQL with PostGIS, or of the version that made `data`."""
    found = {int(path.parent.parent.name): path.parent for path in INSTALLED.glob("[0-9]*/bin/postgres")}
    if (data / "PG_VERSION").exists():
        made_by = int((data / "PG_VERSION").read_text())
        if made_by not in found:
            zh = f"数据由 PostgreSQL {made_by} 建立,请安装该版本"
            raise ClusterRefused(f"{zh} / The data was made by PostgreSQL {made_by}: install that version.")
        return found[made_by]
    control = "/usr/share/postgresql/{}/extension/postgis.control"
    usable = [version for version in found if Path(control.format(version)).exists()]
    if not usable:
        raise ClusterRefused(
            f"缺少 PostgreSQL 与 PostGIS,请以 root 执行 / PostgreSQL with PostGIS is missing; as root: {INSTALL}"
        )
    return found[max(usable)]


def locale() -> str:
    """A UTF-8 locale whose ctype knows that 城 is a letter; without one pg_trgm sees no Chinese."""
    listed = subprocess.run(["locale", "-a"], capture_output=True, text=True).stdout.split()
    known = {re.sub(r"utf-?8$", "UTF-8", name, flags=re.IGNORECASE) for name in listed}
    for name in LOCALES:
        if name in known:
            return name
    names = ", ".join(LOCALES)
    raise ClusterRefused(f"系统没有 UTF-8 语言环境({names}),请安装 locales / Install one of these locales: {names}.")


def fits(folder: Path) -> bool:
    """True when a socket in `folder` has a name the kernel accepts."""
    return len(os.fsencode(folder / SOCKET_FILE)) <= SOCKET_LIMIT


def short_folder(var: Path) -> Path:
    """Where the socket lives when VAR's own path is too long: the temporary folder, named after VAR."""
    token = hashlib.blake2b(os.fsencode(var), digest_size=6).hexdigest()
    return Path(tempfile.gettempdir()) / f"chengtu-{token}"


def make_private(folder: Path, who: Owner) -> None:
    """Create `folder`, mode 700, owned by `who`; refuse one that another user put there first."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (who.uid, os.geteuid()):
        raise ClusterRefused(f"{folder} 属于其他用户,请删除 / {folder} belongs to another user: remove it.")
    if who.switch:
        os.chown(folder, who.uid, who.gid)
    folder.chmod(0o700)


def home_for(var: Path, who: Owner) -> Path:
    """A folder for the cluster that `who` can reach: VAR/pg, or a link there to one under /var/lib.

    A checkout below root's own 0700 home is usual, and an unprivileged server cannot walk into it.
    """
    home = var / "pg"
    if home.is_symlink() and not home.exists():  # what it pointed to was deleted
        home.unlink()
    if home.exists():
        return home.resolve()
    var.mkdir(parents=True, exist_ok=True)
    if run(who, "test", "-x", var).returncode == 0:
        make_private(home, who)
        return home.resolve()
    elsewhere = Path(tempfile.mkdtemp(prefix="chengtu-", dir="/var/lib"))
    make_private(elsewhere, who)
    home.symlink_to(elsewhere)
    return elsewhere


def memory() -> int:
    """Bytes of memory this machine (or this container) may use."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text().strip() if limit.exists() else "max"
    return min(total, int(text)) if text.isdigit() else total


def configuration(socket: Path, log: Path) -> str:
    """postgresql.conf for this machine. The operating system's cache does what a larger shared_buffers would."""
    mega = memory() // 2**20
    values = {
        "listen_addresses": "",
        "unix_socket_directories": socket,
        "unix_socket_permissions": "0700",
        "max_connections": 200,  # one server may hold 62, and each worker of the tests has one
        "shared_buffers": f"{max(32, min(mega // 4, 256))}MB",
        "work_mem": f"{max(4, min(mega // 512, 32))}MB",
        "maintenance_work_mem": f"{max(32, min(mega // 16, 256))}MB",
        "effective_cache_size": f"{max(64, mega // 2)}MB",
        "max_wal_size": "2GB",
        "wal_compression": "on",
        "random_page_cost": 1.1,
        "shared_preload_libraries": "postgis-3",  # else each connection links it anew, for 13 ms of processor time
        "jit": "off",  # compiling a tile's statement costs more than running it
        "timezone": "Asia/Shanghai",
        "lc_messages": "C",
        "logging_collector": "on",
        "log_directory": log,
        "log_filename": "postgresql-%a.log",  # seven files, each overwritten after a week
        "log_truncate_on_rotation": "on",
        "log_line_prefix": "%m [%p] %u@%d ",
    }
    lines = [f"{name} = '{str(value).replace(chr(39), chr(39) * 2)}'" for name, value in values.items()]
    return "\n".join(["# Written at every start; put your own settings in ../local.conf", *lines]) + "\n"


def remove(folder: Path) -> None:
    """Delete a folder and all below it; a folder that is not there is fine."""
    shutil.rmtree(folder, ignore_errors=True)
