"""The environment, read once into one frozen value; nonsense is refused with a sentence that names the variable."""

import ipaddress
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import NamedTuple, TypeVar

from cryptography.fernet import Fernet
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from config import keys

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("zh-hans", "en")
MASK = "••••••"
_T = TypeVar("_T")


class Refused(ValueError):
    """A variable holds something the server must not start with; the message is one sentence for the operator."""

    def __init__(self, name: str, zh: str, en: str) -> None:
        super().__init__(f"环境变量 {name} {zh} / {name} {en}")


class Bounds(NamedTuple):
    """A box in degrees, CGCS2000 (EPSG:4490), longitude first."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True)
class Env:
    """Everything the operator decides. Field names are the variables' names in lower case."""

    var: Path
    host: str
    port: int
    database_url: str
    secret_key: str
    field_key: str
    demo: bool
    debug: bool
    allowed_hosts: tuple[str, ...]
    approval_number: str
    city_name: str
    city_bounds: Bounds | None
    city_language: str
    local_grids: Path | None
    import_limit_mb: int

    @property
    def loopback(self) -> bool:
        """True when only this machine can reach the server."""
        return is_loopback(self.host)

    @property
    def private(self) -> bool:
        """True when only this machine is meant to reach the server, through a proxy too: no outside name is allowed."""
        return self.loopback and all(is_loopback(host.strip("[]")) for host in self.allowed_hosts)

    @property
    def embedded(self) -> bool:
        """True when the database is the private cluster under VAR."""
        return not self.database_url

    def table(self) -> str:
        """Name and value a line, secrets masked, for `manage.py settings`."""
        width = max(len(field.name) for field in fields(self))
        return "\n".join(f"{name.upper():<{width}}  {text}" for name, text in self._shown())

    def _shown(self) -> list[tuple[str, str]]:
        return [(field.name, shown(field.name, getattr(self, field.name))) for field in fields(self)]


def shown(name: str, value: object) -> str:
    """`value` as the operator may see it on a screen."""
    if value in ("", None, ()):
        return "—"
    if name in ("secret_key", "field_key"):
        return MASK
    if name == "database_url":
        parts = {**conninfo_to_dict(str(value)), "password": MASK}
        return " ".join(f"{key}={part}" for key, part in parts.items())
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def is_loopback(host: str) -> bool:
    """True for localhost, 127.0.0.0/8 and ::1."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read(environ: Mapping[str, str]) -> Env:
    """The environment as one value; raises `Refused`. An empty variable counts as unset."""

    def take(name: str, parse: Callable[[str, str], _T], default: _T) -> _T:
        text = environ.get(name, "").strip()
        return parse(name, text) if text else default

    var = take("VAR", _folder, ROOT / "var")
    env = Env(
        var=var,
        host=take("HOST", _host, "127.0.0.1"),
        port=take("PORT", _port, 8000),
        database_url=take("DATABASE_URL", _database, ""),
        secret_key=take("SECRET_KEY", _secret, "") or _kept(var, "secret_key", keys.session_key),
        field_key=take("FIELD_KEY", _fernet, "") or _kept(var, "field_key", keys.field_key),
        demo=take("DEMO", _flag, False),
        debug=take("DEBUG", _flag, False),
        allowed_hosts=take("ALLOWED_HOSTS", _hosts, ()),
        approval_number=take("APPROVAL_NUMBER", _line, ""),
        city_name=take("CITY_NAME", _line, "城图"),
        city_bounds=take("CITY_BOUNDS", _bounds, None),
        city_language=take("CITY_LANGUAGE", _language, LANGUAGES[0]),
        local_grids=take("LOCAL_GRIDS", _file, None),
        import_limit_mb=take("IMPORT_LIMIT_MB", _megabytes, 2048),
    )
    _agree(env)
    return env


def _agree(env: Env) -> None:
    """What single variables cannot know: which values must not meet."""
    if env.private:
        return
    reached = f"HOST={env.host}" if not env.loopback else f"ALLOWED_HOSTS={','.join(env.allowed_hosts)}"
    for name, on in (("DEMO", env.demo), ("DEBUG", env.debug)):
        if on:
            raise Refused(name, f"只能在本机使用,不能与 {reached} 并用", f"must not be on with {reached}")
    if not env.allowed_hosts:
        zh = f"必须设置:HOST={env.host} 对外可达,请写明域名"
        raise Refused("ALLOWED_HOSTS", zh, f"must name your domains, because HOST={env.host} is reachable from outside")


def _folder(name: str, text: str) -> Path:
    path = Path(text).expanduser().resolve()
    if path.exists() and not path.is_dir():
        raise Refused(name, f"不是文件夹:{path}", f"is not a folder: {path}")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(name, f"无法建立:{path}", f"cannot be created: {path} ({error.strerror})") from None
    return path


def _kept(var: Path, name: str, make: Callable[[], str]) -> str:
    try:
        return keys.kept(var / "secrets", name, make)
    except OSError as error:
        what = f"{var / 'secrets' / name} ({error.strerror})"
        raise Refused(
            "VAR", f"下的密钥无法读写:{what}", f"holds a key that cannot be read or written: {what}"
        ) from None


def _file(name: str, text: str) -> Path:
    path = Path(text).expanduser().resolve()
    if not path.is_file():
        raise Refused(name, f"找不到文件:{path}", f"names a file that is not there: {path}")
    return path


def _host(name: str, text: str) -> str:
    if text == "localhost":
        return text
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise Refused(name, f"应为 IP 地址或 localhost:{text}", f"must be an IP address or localhost: {text}") from None


def _port(name: str, text: str) -> int:
    if not (text.isdecimal() and text.isascii() and 1 <= int(text) <= 65535):
        raise Refused(name, f"应为 1–65535 的整数:{text}", f"must be a whole number from 1 to 65535: {text}")
    return int(text)


def _megabytes(name: str, text: str) -> int:
    if not (text.isdecimal() and text.isascii() and len(text) < 9 and int(text) > 0):
        raise Refused(name, f"应为正整数(兆字节):{text}", f"must be a whole number of megabytes: {text}")
    return int(text)


def _database(name: str, text: str) -> str:
    sentence = (
        "应为 postgresql://用户:口令@主机:端口/库名",
        "must look like postgresql://user:password@host:port/name",
    )
    if not text.startswith(("postgresql://", "postgres://")):
        raise Refused(name, *sentence)
    try:
        parts = conninfo_to_dict(text)
    except ProgrammingError:  # its text may quote the password
        raise Refused(name, *sentence) from None
    if not str(parts.get("port", "5432")).isdecimal():
        raise Refused(name, *sentence)
    if not parts.get("dbname"):
        raise Refused(name, "缺少库名", "names no database")
    return text


def _secret(name: str, text: str) -> str:
    if len(text) < 50 or len(set(text)) < 5:
        raise Refused(name, "太弱:至少 50 个不同的随机字符", "is too weak: at least 50 random characters")
    return text


def _fernet(name: str, text: str) -> str:
    try:
        Fernet(text)
    except ValueError:
        raise Refused(name, "应为 32 字节的 url-safe base64", "must be 32 bytes in url-safe base64") from None
    return text


def _flag(name: str, text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.lower() not in words:
        raise Refused(name, f"应为 1 或 0:{text}", f"must be 1 or 0: {text}")
    return words[text.lower()]


def _hosts(name: str, text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    for host in names:
        if "*" in host or "/" in host or (":" in host.strip("[]") and not host.startswith("[")):
            raise Refused(name, f"应为逗号分隔的域名,不带协议、端口、*:{host}", f"takes plain host names: {host}")
    return names


def _line(name: str, text: str) -> str:
    if len(text) > 100 or not text.isprintable():
        raise Refused(name, "应为一行文字,最多 100 字", "must be one line of at most 100 characters")
    return text


def _bounds(name: str, text: str) -> Bounds:
    sentence = (f"应为 西,南,东,北(度):{text}", f"must be west,south,east,north in degrees: {text}")
    try:
        box = Bounds(*(float(part) for part in text.split(",")))
    except (ValueError, TypeError):
        raise Refused(name, *sentence) from None
    if not (all(map(math.isfinite, box)) and -180 <= box.west < box.east <= 180 and -90 <= box.south < box.north <= 90):
        raise Refused(name, *sentence)
    return box


def _language(name: str, text: str) -> str:
    if text not in LANGUAGES:
        raise Refused(name, f"应为 {' 或 '.join(LANGUAGES)}:{text}", f"must be {' or '.join(LANGUAGES)}: {text}")
    return text
