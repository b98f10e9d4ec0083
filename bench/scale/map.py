"""Where the city's tiles are, and how staff come in: what the trials need to know of the map."""

import http.cookiejar
import math
import re
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

import psycopg

CENTRES = "SELECT id, ST_Centroid(geom) AS c FROM spatial_building ORDER BY id LIMIT 24"
SOME = f"SELECT id, ST_X(c), ST_Y(c) FROM ({CENTRES}) AS b"
PUBLIC = ["addresses", "areas", "buildings", "facilities", "grids", "landuse", "roads", "segments", "water"]


@dataclass(frozen=True)
class Place:
    """A building and where it is, in degrees."""

    number: int
    lon: float
    lat: float

    def path(self, zoom: int, layers: str = "buildings") -> str:
        """The tile that it is in."""
        side = 1 << zoom
        north = math.asinh(math.tan(math.radians(self.lat))) / math.pi
        return f"/tiles/{layers}/{zoom}/{int((self.lon + 180) / 360 * side)}/{int((1 - north) / 2 * side)}.mvt"


def places(line: psycopg.Connection[tuple[Any, ...]]) -> list[Place]:
    """Some buildings."""
    return [Place(*row) for row in line.execute(SOME)]


def different(found: list[Place]) -> list[str]:
    """Many paths of tiles that hold something, no two alike: of every set of layers one."""
    sets = [
        ",".join(name for bit, name in enumerate(PUBLIC) if chosen >> bit & 1) for chosen in range(1, 1 << len(PUBLIC))
    ]
    tiles = {place.path(zoom, "{}") for place in found for zoom in (15, 16, 17)}
    return sorted((tile.replace("{}", names) for tile in tiles for names in sets), key=hash)


def sign_in(root: str, name: str, password: str) -> bool:
    """Whether someone can sign in, which writes a row."""
    return "sessionid=" in cookies(root, name, password)


def cookies(root: str, name: str, password: str) -> str:
    """What a browser sends after its owner signed in and looked at the map; nothing when it could not be asked."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    try:
        page = browser.open(f"{root}/accounts/login/", timeout=10).read().decode()
        [token] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[:1]
        form = urllib.parse.urlencode({"username": name, "password": password, "csrfmiddlewaretoken": token})
        browser.open(f"{root}/accounts/login/", form.encode(), timeout=10)
        browser.open(f"{root}/map", timeout=10)
    except (OSError, ValueError):
        return ""
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)
