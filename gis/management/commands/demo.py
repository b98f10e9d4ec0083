"""`manage.py demo`: an invented town into an empty database, through the same importer a city's own files take.

The town is written as GeoJSON under $VAR/demo, where anyone can look at what the importer was given. Zonings, heads,
rolls and building codes come in no file of ours and are written here.
"""

from __future__ import annotations

import hashlib
from argparse import ArgumentParser
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from django.db.models import Q

from data.town import files, plan, rules
from data.town.rules import Zone
from data.town.town import Town, draw
from gis.errors import ChengtuError
from gis.ingest import subjects
from gis.ingest.forget import FORGET
from gis.ingest.load import Order, Outcome, load
from gis.ingest.mapping import Plan
from gis.ingest.refusals import Refusals
from gis.models import Building, BuildingCode, ImportRun, Roll, Room, Segment, SegmentHead, Sourced, Zoning


class Command(BaseCommand):
    """Load the town; a second run finds nothing to do."""

    help = "在空库中载入一个虚构的小镇 / load an invented town into an empty database"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Only the way round the refusal."""
        parser.add_argument("--force", action="store_true", help="库中已有其他数据时也载入 beside other data too")

    def handle(self, *args: Any, **options: Any) -> None:
        """All of the town or nothing of it; CommandError when other data is there."""
        if not options["force"] and (found := others()):
            raise CommandError(
                f"数据库中已有其他数据（{'、'.join(found)}），未载入示例；确要并存请加 --force。"
                " The database holds other data, so the demo town was not loaded; add --force to load it beside."
            )
        town, folder = draw(), Path(settings.VAR) / "demo"
        with transaction.atomic():
            done = [self.one(*written) for written in files.write(town, folder, plan.SURVEYED)]
            made = [zone(town), put_heads(town), put_codes(town), put_rolls(town)]
        changed = sum(outcome.added + outcome.changed for outcome in done if outcome) + sum(made)
        if not changed:
            self.stdout.write("示例镇已在库中，没有变化。 The demo town is there already; nothing changed.")
            return
        self.stdout.write(
            f"已载入虚构小镇“{plan.DISTRICT_NAME}”：{changed} 行，文件在 {folder}。"
            f" Loaded the invented town: {changed} rows; its files are in that folder."
        )

    def one(self, subject: str, path: Path) -> Outcome | None:
        """Import one file unless its last import brought exactly this; CommandError when a row is refused."""
        if imported(path):
            return None
        refusals = Refusals(path.with_suffix(".refused.csv"))
        order = Order(path, subjects.get(subject), Plan(), crs="EPSG:4490", source=plan.SOURCE)
        try:
            done = load(order, refusals)
        except ChengtuError as error:
            raise CommandError(str(error)) from error
        if done.refused:
            raise CommandError(
                f"{path.name}：{done.refused} 行被拒绝，见 {refusals.path}。 {done.refused} rows refused; see there."
            )
        self.stdout.write(f"  {subject:<13} 新增 added {done.added:>4}  变更 changed {done.changed:>4}")
        return done


def others() -> list[str]:
    """The tables that hold rows of any other source than this town."""
    return [
        str(model._meta.verbose_name)
        for model in apps.get_app_config("spatial").get_models()
        if issubclass(model, Sourced) and model._default_manager.exclude(source=plan.SOURCE).exists()
    ]


def imported(path: Path) -> bool:
    """Whether the last import of this file of the town had this content."""
    runs = ImportRun.objects.filter(Q(file=path.name) | Q(subject=FORGET), source=plan.SOURCE)
    last = runs.order_by("-at", "-pk").first()
    return last is not None and last.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def zone(town: Town) -> int:
    """Zone the segments that have no zoning yet; the answer is the number of rows made."""
    bare = Segment.objects.filter(source=plan.SOURCE, zonings__isnull=True)
    free = {segment.code: segment for segment in bare}
    rows = [zoning(row, free[row.segment]) for row in town.zones if row.segment in free]
    return len(Zoning.objects.bulk_create(rows))


def zoning(row: Zone, segment: Segment) -> Zoning:
    """One zoning over the whole length of its segment."""
    length = Decimal(segment.length_m).quantize(Decimal("0.01"), ROUND_FLOOR)
    return Zoning(
        segment=segment, side=row.side, from_m=Decimal(0), to_m=length, street_class=row.street_class, zone=row.zone,
        hours=row.hours, basis=row.basis, valid=DateRange(row.since, row.until),
        recorded=DateTimeTZRange(row.recorded, row.closed),
    )  # fmt: skip


def put_heads(town: Town) -> int:
    """Name the heads of segments that have none."""
    headless = Segment.objects.filter(source=plan.SOURCE, heads__isnull=True)
    free = {segment.code: segment for segment in headless}
    rows = [
        SegmentHead(segment=free[code], level=level, title=title, name=name, phone=phone)
        for code, level, title, name, phone in town.heads
        if code in free
    ]
    return len(SegmentHead.objects.bulk_create(rows))


def known(town: Town) -> list[Building]:
    """The buildings whose rooms are known, in a stable order."""
    codes = {room.properties["building"] for room in town.things["rooms"]}
    return list(Building.objects.filter(source=plan.SOURCE, code__in=codes).order_by("code"))


def put_codes(town: Town) -> int:
    """Give the buildings with rooms their code in the 19-digit scheme."""
    return sum(
        BuildingCode.objects.get_or_create(building=building, scheme="sz-building", code=building.code)[1]
        for building in known(town)
    )


def put_rolls(town: Town) -> int:
    """Register the invented people in the first building, unless someone lives there already."""
    home = known(town)[0]
    if Roll.objects.filter(room__building=home).exists():
        return 0
    for unit, number, name, identity, phone, relation in rules.ROLL:
        room = Room.objects.get(building=home, unit__name=unit, number=number)
        Roll.objects.create(room=room, name=name, identity=identity, phone=phone, relation=relation)
    return len(rules.ROLL)
