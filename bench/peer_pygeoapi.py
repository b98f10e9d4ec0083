"""pygeoapi as its guide says for PostgreSQL: its provider over the same table and index, under Granian (WSGI)."""

import json
import subprocess
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from bench.servers import CONNECTIONS, Candidate

DEGREES = "http://www.opengis.net/def/crs/EPSG/0/4490"
"""Asked for in the system of the table it turns nothing: neither boxes, whose order it would mistake, nor answers."""
LIMITS = {"default_items": 100, "max_items": 10_000, "on_exceed": "throttle"}


def prepared(url: str, venv: Path, folder: Path) -> Candidate:
    """Write its configuration and the OpenAPI document that it wants at its start; return how it is started."""
    config, document = folder / "pygeoapi.json", folder / "pygeoapi-openapi.json"
    config.write_text(json.dumps(_config(url)))  # JSON is YAML
    # Its links would name another port than the one it gets; nobody follows them here.
    words = ["openapi", "generate", str(config), "--output-file", str(document), "--format", "json"]
    subprocess.run([str(venv / "bin" / "pygeoapi"), *words], check=True, capture_output=True)
    command = [str(venv / "bin" / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", "{port}"]
    command += ["--workers", "1", "--blocking-threads", str(CONNECTIONS), "--no-ws", "--http", "1"]
    environment = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(document)}
    return Candidate("pygeoapi", [*command, "pygeoapi.flask_app:APP"], "/conformance?f=json", environment)


def _config(url: str) -> dict[str, object]:
    parts = conninfo_to_dict(url)
    data = {"host": parts["host"], "port": 5432, "dbname": parts["dbname"], "user": parts["user"], "password": "",
            "search_path": ["public"]}  # fmt: skip
    provider = {
        "type": "feature", "name": "PostgreSQL", "data": data, "id_field": "id", "table": "spatial_building",
        "geom_field": "geom", "storage_crs": DEGREES, "crs": [DEGREES],
    }  # fmt: skip
    collection = {
        "type": "collection", "title": "buildings", "description": "buildings", "keywords": ["buildings"], "links": [],
        "extents": {"spatial": {"bbox": [-180, -90, 180, 90], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}},
        "providers": [provider],
    }  # fmt: skip
    contact = {"name": "bench", "url": "http://127.0.0.1"}
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": 5000}, "url": "http://127.0.0.1:5000", "mimetype": "application/json",
            "encoding": "utf-8", "gzip": True, "languages": ["en-US"], "limits": LIMITS, "admin": False,
            "map": {"url": "http://127.0.0.1/{z}/{x}/{y}.png", "attribution": ""},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {"title": "bench", "description": "bench", "keywords": ["bench"], "url": "http://127.0.0.1",
                               "keywords_type": "theme", "terms_of_service": "none"},
            "license": {"name": "none", "url": "http://127.0.0.1"},
            "provider": contact, "contact": contact,
        },
        "resources": {"buildings": collection},
    }  # fmt: skip
