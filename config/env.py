"""The environment, read once into one frozen value; nonsense is refused with a sentence that names the variable."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

from psycopg.conninfo import conninfo_to_dict

from config import keys, parsers
from config.parsers import LANGUAGES, Bounds, Limit
from config.parsers import Refused as Refused

ROOT = Path(__file__).resolve().parent.parent
MASK = "••••••"
_T = TypeVar("_T")


@dataclass(frozen=True)
class Env:
    """Everything the operator decides. Field names are the variables' names in lower case."""

    var: Path
    host: str
    port: int
    database_url: str
    database_pool_url: str
    database_read_url: str
    redis_url: str
    secret_key: str
    field_key: str
    demo: bool
    debug: bool
    allowed_hosts: tuple[str, ...]
    public_url: str
    approval_number: str
    hotline: str
    city_name: str
    city_bounds: Bounds | None
    city_language: str
    local_grids: Path | None
    import_limit_mb: int
    export_km2: int
    survey_limits: tuple[Limit, ...]

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


NAMES = tuple(field.name.upper() for field in fields(Env))
"""The variables' names."""


def shown(name: str, value: object) -> str:
    """`value` as the operator may see it on a screen."""
    if value in ("", None, ()):
        return "—"
    if name in ("secret_key", "field_key"):
        return MASK
    if name == "redis_url":
        return re.sub("//.*@", f"//{MASK}@", str(value))
    if name.startswith("database_"):
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

    var = take("VAR", parsers.folder, ROOT / "var")
    env = Env(
        var=var,
        host=take("HOST", parsers.host, "127.0.0.1"),
        port=take("PORT", parsers.port, 8000),
        database_url=take("DATABASE_URL", parsers.database, ""),
        database_pool_url=take("DATABASE_POOL_URL", parsers.database, ""),
        database_read_url=take("DATABASE_READ_URL", parsers.database, ""),
        redis_url=take("REDIS_URL", parsers.redis, ""),
        secret_key=take("SECRET_KEY", parsers.secret, "") or _kept(var, "secret_key", keys.session_key),
        field_key=take("FIELD_KEY", parsers.fernet, "") or _kept(var, "field_key", keys.field_key),
        demo=take("DEMO", parsers.flag, False),
        debug=take("DEBUG", parsers.flag, False),
        allowed_hosts=take("ALLOWED_HOSTS", parsers.hosts, ()),
        public_url=take("PUBLIC_URL", parsers.web, ""),
        approval_number=take("APPROVAL_NUMBER", parsers.line, ""),
        hotline=take("HOTLINE", parsers.phone, "12345"),
        city_name=take("CITY_NAME", parsers.line, "城图"),
        city_bounds=take("CITY_BOUNDS", parsers.bounds, None),
        city_language=take("CITY_LANGUAGE", parsers.language, LANGUAGES[0]),
        local_grids=take("LOCAL_GRIDS", parsers.file, None),
        import_limit_mb=take("IMPORT_LIMIT_MB", parsers.megabytes, 2048),
        export_km2=take("EXPORT_KM2", parsers.square_kilometres, 25),
        survey_limits=take("SURVEY_LIMITS", parsers.limits, ()),
    )
    _agree(env)
    return env


def _agree(env: Env) -> None:
    """What single variables cannot know: which values must not meet."""
    for name in ("database_pool_url", "database_read_url"):
        if getattr(env, name) and env.embedded:
            en = "needs DATABASE_URL: the same database without a pooler, where rows are written"
            raise Refused(name.upper(), "需要同时设置 DATABASE_URL(直连主库)", en)
    if env.private:
        return
    reached = f"HOST={env.host}" if not env.loopback else f"ALLOWED_HOSTS={','.join(env.allowed_hosts)}"
    for name, on in (("DEMO", env.demo), ("DEBUG", env.debug)):
        if on:
            raise Refused(name, f"只能在本机使用,不能与 {reached} 并用", f"must not be on with {reached}")
    if not env.allowed_hosts:
        zh = f"必须设置:HOST={env.host} 对外可达,请写明域名"
        raise Refused("ALLOWED_HOSTS", zh, f"must name your domains, because HOST={env.host} is reachable from outside")


def _kept(var: Path, name: str, make: Callable[[], str]) -> str:
    try:
        return keys.kept(var / "secrets", name, make)
    except OSError as error:
        what = f"{var / 'secrets' / name} ({error.strerror})"
        raise Refused(
            "VAR", f"下的密钥无法读写:{what}", f"holds a key that cannot be read or written: {what}"
        ) from None
