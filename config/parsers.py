"""How the text of each environment variable is read; what cannot be meant is refused with a sentence that names it."""

import ipaddress
import math
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from gis.survey.limits import NAMES

LANGUAGES = ("zh-hans", "en")


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


class Limit(NamedTuple):
    """A limit of the checks of surveys."""

    name: str
    value: float

    def __str__(self) -> str:
        return f"{self.name}={self.value:g}"


def folder(name: str, text: str) -> Path:
    """A folder, made when it is not there."""
    path = Path(text).expanduser().resolve()
    if path.exists() and not path.is_dir():
        raise Refused(name, f"不是文件夹:{path}", f"is not a folder: {path}")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(name, f"无法建立:{path}", f"cannot be created: {path} ({error.strerror})") from None
    return path


def file(name: str, text: str) -> Path:
    """A file that is there."""
    path = Path(text).expanduser().resolve()
    if not path.is_file():
        raise Refused(name, f"找不到文件:{path}", f"names a file that is not there: {path}")
    return path


def host(name: str, text: str) -> str:
    """An address to listen on."""
    if text == "localhost":
        return text
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise Refused(name, f"应为 IP 地址或 localhost:{text}", f"must be an IP address or localhost: {text}") from None


def port(name: str, text: str) -> int:
    """A port to listen on."""
    if not (text.isdecimal() and text.isascii() and 1 <= int(text) <= 65535):
        raise Refused(name, f"应为 1–65535 的整数:{text}", f"must be a whole number from 1 to 65535: {text}")
    return int(text)


def megabytes(name: str, text: str) -> int:
    """A positive number."""
    if not (text.isdecimal() and text.isascii() and len(text) < 9 and int(text) > 0):
        raise Refused(name, f"应为正整数(兆字节):{text}", f"must be a whole number of megabytes: {text}")
    return int(text)


def square_kilometres(name: str, text: str) -> int:
    """A positive number."""
    if not (text.isdecimal() and text.isascii() and len(text) < 9 and int(text) > 0):
        raise Refused(name, f"应为正整数(平方公里):{text}", f"must be a whole number of square kilometres: {text}")
    return int(text)


def limits(name: str, text: str) -> tuple[Limit, ...]:
    """Some of the limits of the checks, each once and not negative, as ``deepest_m=18,sliver_m=0.5``."""
    found = [re.fullmatch(r"\s*([a-z0-9_]+)\s*=\s*(\d{1,9}(?:\.\d{1,9})?)\s*", part) for part in text.split(",")]
    said = [Limit(one[1], float(one[2])) for one in found if one]
    if len(said) < len(found) or len({one.name for one in said}) < len(said) or {one.name for one in said} - {*NAMES}:
        listed = ", ".join(NAMES)
        zh = f"应为 名称=数值,以逗号分隔:{text}(名称:{listed})"
        raise Refused(name, zh, f"must be name=number, separated by commas: {text} (names: {listed})")
    return tuple(said)


def database(name: str, text: str) -> str:
    """A libpq URL; several hosts mean: the first that answers as ``target_session_attrs`` wants."""
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
    ports = str(parts.get("port", "5432")).split(",")
    if any(ports) and not all(one.isdecimal() for one in ports):  # several hosts may leave their ports out
        raise Refused(name, *sentence)
    if len(ports) not in (1, str(parts.get("host", "")).count(",") + 1):
        raise Refused(name, "的端口数与主机数不符", "names another number of ports than of hosts")
    if not parts.get("dbname"):
        raise Refused(name, "缺少库名", "names no database")
    return text


def redis(name: str, text: str) -> str:
    """A URL of the shared cache; one with another scheme, or with a path that is no number, is refused."""
    try:
        parts = urlsplit(text)
        fine = parts.scheme == "unix" and parts.path.startswith("/") and not parts.hostname
        if parts.scheme in ("redis", "rediss"):
            fine = bool(parts.hostname) and (parts.port or 6379) > 0 and bool(re.fullmatch(r"(/\d*)?", parts.path))
    except ValueError:  # a port that is none; its text may quote the password
        fine = False
    if not fine:
        zh = "应为 redis://:口令@主机:端口/编号 或 unix:///路径"
        raise Refused(name, zh, "must look like redis://:password@host:port/0 or unix:///path")
    return text


def web(name: str, text: str) -> str:
    """Scheme and host by which people reach the server, without a path."""
    if not re.fullmatch(r"https?://([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?/?", text):
        zh, en = f"应为 https://域名,不带路径:{text}", f"must look like https://map.example, without a path: {text}"
        raise Refused(name, zh, en)
    return text.rstrip("/")


def secret(name: str, text: str) -> str:
    """A key that cannot be guessed."""
    if len(text) < 50 or len(set(text)) < 5:
        raise Refused(name, "太弱:至少 50 个不同的随机字符", "is too weak: at least 50 random characters")
    return text


def fernet(name: str, text: str) -> str:
    """A key for encrypted columns."""
    try:
        Fernet(text)
    except ValueError:
        raise Refused(name, "应为 32 字节的 url-safe base64", "must be 32 bytes in url-safe base64") from None
    return text


def flag(name: str, text: str) -> bool:
    """Yes or no."""
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.lower() not in words:
        raise Refused(name, f"应为 1 或 0:{text}", f"must be 1 or 0: {text}")
    return words[text.lower()]


def hosts(name: str, text: str) -> tuple[str, ...]:
    """Names of domains."""
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    for one in names:
        if "*" in one or "/" in one or (":" in one.strip("[]") and not one.startswith("[")):
            raise Refused(name, f"应为逗号分隔的域名,不带协议、端口、*:{one}", f"takes plain host names: {one}")
    return names


def line(name: str, text: str) -> str:
    """A short line of text."""
    if len(text) > 100 or not text.isprintable():
        raise Refused(name, "应为一行文字,最多 100 字", "must be one line of at most 100 characters")
    return text


def phone(name: str, text: str) -> str:
    """A number that a phone can dial."""
    if not re.fullmatch(r"\+?[0-9](-?[0-9]){2,19}", text, re.ASCII):
        raise Refused(name, f"应为电话号码:{text}", f"must be a telephone number: {text}")
    return text


def bounds(name: str, text: str) -> Bounds:
    """A box."""
    sentence = (f"应为 西,南,东,北(度):{text}", f"must be west,south,east,north in degrees: {text}")
    try:
        box = Bounds(*(float(part) for part in text.split(",")))
    except (ValueError, TypeError):
        raise Refused(name, *sentence) from None
    if not (all(map(math.isfinite, box)) and -180 <= box.west < box.east <= 180 and -90 <= box.south < box.north <= 90):
        raise Refused(name, *sentence)
    return box


def language(name: str, text: str) -> str:
    """One of the languages of the pages."""
    if text not in LANGUAGES:
        raise Refused(name, f"应为 {' 或 '.join(LANGUAGES)}:{text}", f"must be {' or '.join(LANGUAGES)}: {text}")
    return text
