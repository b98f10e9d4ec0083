"""`manage.py sample_town`: an invented place into an empty database, through the importer a city's own files take.

What was drawn is kept under $VAR/sample/<size>, where anyone can look at what the importer was given.
"""

from __future__ import annotations

import hashlib
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localdate

from data.city import files as sheets
from data.city import plan as city
from data.city.drawing import Drawing
from data.city.rules import zones
from data.town import files, plan, registers
from data.town.town import draw
from gis import sample
from gis.errors import ChengtuError
from gis.ingest import subjects
from gis.ingest.forget import FORGET
from gis.ingest.load import load
from gis.ingest.mapping import Plan
from gis.ingest.order import Order, Outcome
from gis.ingest.refusals import Refusals
from gis.locate import index
from gis.merging import merge_addresses
from gis.models import ImportRun, Sourced

Written = list[tuple[str, Path]]
"""(subject, file) in the order of import."""


@dataclass(frozen=True, slots=True)
class Made:
    """A place drawn: its files, and what writes the rows that come in none (the answer is their number)."""

    files: Written
    rest: Callable[[], int] = int


@dataclass(frozen=True, slots=True)
class Size:
    """One size that can be asked for; `make` draws it into a folder from a seed, as of a day."""

    title: str
    source: str
    seed: int
    crs: str
    make: Callable[[Path, int, date], Made]
    beside: Mapping[str, str] = field(default_factory=dict)
    """Sources of files that come from another office, by the file's stem."""

    def source_of(self, path: Path) -> str:
        """Whose file it is."""
        return self.beside.get(path.stem, self.source)


def town(folder: Path, seed: int, day: date) -> Made:
    """The town by hand and seed: 云汀."""
    drawn = draw(seed, day)

    def rest() -> int:
        homes = {str(room.properties["building"]) for room in drawn.things["rooms"]}
        return sum((
            sample.put_zonings(drawn.zones, plan.SOURCE), sample.put_fences(drawn.fences, plan.SOURCE),
            sample.put_codes(homes, plan.SOURCE), sample.put_rolls(min(homes), plan.SOURCE),
        ))  # fmt: skip

    return Made(files.write(drawn, folder, plan.SURVEYED), rest)


def sheet(name: str) -> Size:
    """A district or a city by arrays."""
    size = city.SIZES[name]

    def make(folder: Path, seed: int, day: date) -> Made:
        drawing = Drawing(size, seed)
        written = [*sheets.write(drawing, folder), files.zonings(zones(drawing, day), folder, {})]
        return Made(written, lambda: sample.put_zonings(zones(drawing, day), size.source))

    return Size(size.title, size.source, plan.SEED, city.CRS, make)


SIZES = {
    "town": Size(plan.DISTRICT_NAME, plan.SOURCE, plan.SEED, "EPSG:4490", town, registers.SOURCES),
    "trial": sheet("trial"),
    "district": sheet("district"),
    "city": sheet("city"),
}


class Command(BaseCommand):
    """Load an invented place; a second run finds nothing to do."""

    help = "在空库中载入一个虚构的小镇 / load an invented town into an empty database"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How large, which of all possible ones, as of which day, and the way round the refusal."""
        parser.add_argument("--size", choices=sorted(SIZES), default="town", help="规模 size")
        parser.add_argument("--seed", type=int, help="随机种子,同种子同结果 the same seed gives the same place")
        parser.add_argument("--day", type=date.fromisoformat, help="以哪一天为今天 YYYY-MM-DD the day taken as today")
        parser.add_argument("--force", action="store_true", help="库中已有其他数据时也载入 beside other data too")

    def handle(self, *args: Any, **options: Any) -> None:
        """All of the place or nothing of it; CommandError when other data is there."""
        size = SIZES[options["size"]]
        if not options["force"] and (found := others(size.source, *size.beside.values())):
            raise CommandError(
                f"数据库中已有其他数据（{'、'.join(found)}），未载入示例；确要并存请加 --force。"
                " The database holds other data, so the sample was not loaded; add --force to load it beside."
            )
        folder = Path(settings.VAR) / "sample" / options["size"]
        seed = size.seed if options["seed"] is None else options["seed"]
        made = size.make(folder, seed, options["day"] or founded(size.source))
        with transaction.atomic():
            done = [self.one(size, *written) for written in made.files]
            rest = made.rest()
            if any(done):
                merge_addresses()
        changed = sum(outcome.added + outcome.changed for outcome in done if outcome) + rest
        if not changed:
            self.stdout.write("示例数据已在库中，没有变化。 The sample is there already; nothing changed.")
            return
        self.stdout.write(
            f"已载入虚构的“{size.title}”：{changed} 行，文件在 {folder}。"
            f" Loaded an invented place: {changed} rows; its files are in that folder."
        )
        if options["size"] == "town":
            index.catch_up()
        elif waiting := index.due():
            self.stdout.write(
                f"还有 {waiting} 行未编入地点索引，远处的瓦片也待概括：请运行 manage.py index_places 和"
                " manage.py generalise，否则由运行中的服务器逐渐补上。"
                f" {waiting} rows wait for the index of places, and tiles from afar to be generalised: run manage.py"
                " index_places and manage.py generalise, or a running server does it by and by."
            )

    def one(self, size: Size, subject: str, path: Path) -> Outcome | None:
        """Import one file unless its last import brought exactly this; CommandError when a row is refused."""
        source = size.source_of(path)
        if imported(path, source):
            return None
        refusals = Refusals(path.with_suffix(".refused.csv"))
        order = Order(path, subjects.get(subject), Plan(), crs=size.crs, source=source)
        try:
            done = load(order, refusals)
        except ChengtuError as error:
            raise CommandError(str(error)) from error
        if done.refused:
            raise CommandError(
                f"{path.name}：{done.refused} 行被拒绝，见 {refusals.path}。 {done.refused} rows refused; see there."
            )
        self.stdout.write(f"  {subject:<13} 新增 added {done.added:>6}  变更 changed {done.changed:>6}")
        return done


def others(*sources: str) -> list[str]:
    """The tables that hold rows of any other source."""
    return [
        str(model._meta.verbose_name)
        for model in apps.get_app_config("spatial").get_models()
        if issubclass(model, Sourced) and model._default_manager.exclude(source__in=sources).exists()
    ]


def founded(source: str) -> date:
    """The day on which this place was first loaded since it was last forgotten, or today."""
    runs = ImportRun.objects.filter(source=source)
    gone = runs.filter(subject=FORGET).order_by("-at").first()
    first = runs.exclude(subject=FORGET).filter(**{"at__gt": gone.at} if gone else {}).order_by("at").first()
    return localdate(first.at) if first else localdate()


def imported(path: Path, source: str) -> bool:
    """Whether the last import of this file of the place had this content."""
    runs = ImportRun.objects.filter(Q(file=path.name) | Q(subject=FORGET), source=source)
    last = runs.order_by("-at", "-pk").first()
    return last is not None and last.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
