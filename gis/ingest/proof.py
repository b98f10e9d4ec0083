"""Why a file need not be read again: it is, byte for byte, the one that was imported last, it is asked for alike and
would be read by the same software, and no table that its import reads or writes has been touched since."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from gis.ingest.order import Order
from gis.ingest.placing import box
from gis.ingest.subject import Subject
from gis.models import ImportRun, Road

ROOT = Path(__file__).parents[2]
LIBRARIES = ("pyogrio", "pyarrow", "shapely", "pyproj", "osmium", "python-calamine")
ALWAYS = ("spatial_code", "spatial_codepattern")
NEWS = """
SELECT t.name, coalesce(sum(n.transactions), 0)::bigint, coalesce(max(n.id), 0),
       EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = to_regclass(t.name) AND g.tgname = 'tell_news')
  FROM unnest(%s::text[]) AS t(name)
  LEFT JOIN spatial_news n ON n.table_name = t.name
        AND (%s OR n.transaction <> coalesce(pg_current_xact_id_if_assigned()::text::bigint, -1))
 GROUP BY t.name
"""
News = dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class Claim:
    """What an import depends on: `given`, a hash of the file and of all that is asked, and `news`, how much has been
    told of each table it reads or writes (number and greatest id), its own transaction left out."""

    given: str
    news: News

    def met(self, subject: str, source: str) -> ImportRun | None:
        """The last import of this subject and source, if another would come to the same."""
        last = ImportRun.objects.filter(subject=subject, source=source).order_by("-pk").first()
        if last is None or last.undone_at or last.proof is None:
            return None
        return last if (last.proof["given"], last.proof["news"]) == (self.given, self.news) else None

    def proof(self, subject: Subject, sums: dict[str, Any]) -> dict[str, Any] | None:
        """What to keep beside the run that is about to be committed; None if another transaction has touched a table
        meanwhile: the run may have seen it, or not."""
        if told(subject, own=False) != self.news:
            return None
        return {"given": self.given, "news": told(subject, own=True), "sums": sums}


def claim(order: Order) -> Claim | None:
    """What this import depends on. None where that cannot be known: a table tells no news, or a transaction encloses
    the import, of whose later statements no news would be told."""
    if order.dry_run or connection.in_atomic_block:
        return None
    news = told(order.subject, own=True)
    return None if news is None else Claim(given(order), news)


def told(subject: Subject, own: bool) -> News | None:
    """How much has been told of every table of a subject, with or without this transaction's `own` news."""
    with connection.cursor() as cursor:
        cursor.execute(NEWS, [tables(subject), own])
        rows = cursor.fetchall()
    return {name: [count, last] for name, count, last, _ in rows} if all(tells for *_, tells in rows) else None


def tables(subject: Subject) -> list[str]:
    """The tables that an import of a subject reads or writes: its own, those it refers to, those its SQL names."""
    models = [subject.model, *(ref.model for ref in subject.refs), *([subject.versions] if subject.versions else [])]
    models += [Road] if subject.latin else []
    checks = [part for check in (*subject.checks, *subject.late_checks) for part in (check.where, check.value)]
    named = re.findall(r"\bspatial_[a-z]+(?=\s)", " ".join([*subject.steps, *checks]) + " ")
    return sorted({*ALWAYS, *(model._meta.db_table for model in models), *named})


def given(order: Order) -> str:
    """A hash of the file, its companions, what is asked, and the software and settings that would read it."""
    files = [(path.name, digest(path)) for path in companions(order.path)]
    asked = [
        order.subject.id, order.named_source, order.plan.tables, order.crs, order.layer, order.constants, box(),
        getattr(settings, "LOCAL_GRIDS", None), software(), files,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()


def companions(path: Path) -> Iterator[Path]:
    """The file and what lies beside it and is read with it: parts of a Shapefile, journals of a GeoPackage."""
    yield path
    for other in sorted(path.parent.iterdir()):
        kin = other.name.startswith(path.name) or (path.suffix.lower() == ".shp" and other.stem == path.stem)
        if kin and other != path and other.is_file():
            yield other


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def software() -> str:
    """A hash of our own code that has a part in imports, its word lists, and the versions of the libraries."""
    found = hashlib.sha256(" ".join(f"{name} {version(name)}" for name in LIBRARIES).encode())
    for path in sorted([*(ROOT / "gis").rglob("*.py"), *(ROOT / "data" / "codes").glob("*.csv")]):
        found.update(path.read_bytes())
    return found.hexdigest()
