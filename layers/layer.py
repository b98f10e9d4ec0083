"""A layer is one frozen value; tiles, queries, permission, legend, style, search and the switch follow from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from gis.models import Area
from layers.coarse import Coarse
from layers.scope import EVERYONE, Audience, Role
from layers.style import Style

Rows = QuerySet[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """What a number counts where that hangs on another column ``by``: a value of it → the unit, Chinese and English."""

    by: str
    words: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Field:
    """A column or joined path (``segment__name``) as shown: its words, who sees it, whether tiles carry it.

    ``codes`` names the code list that turns its value into words; ``card`` is off for what only drawing needs. Who
    lacks the ``grant`` does not have the field, whatever the role. A number has one ``unit``, or ``units`` by kind.
    ``english`` names the field that says the same in English: tiles in English carry that in its place, where a row
    has it. Where no column does, ``phrases`` names what knows the English of such texts (``layers.english``): a code
    list in which the text is the code, or the places on record.
    """

    name: str
    title: str
    title_en: str
    audience: frozenset[Role] = EVERYONE
    tile: bool = False
    codes: str = ""
    unit: str = ""
    units: Units | None = None
    card: bool = True
    grant: str = ""
    english: str = ""
    phrases: str = ""

    @property
    def told_by(self) -> str:
        """The list that turns its value into words, or into words of English."""
        return self.codes or self.phrases

    def seen_by(self, audience: Audience) -> bool:
        """Whether the field exists for this audience."""
        return audience.role in self.audience and (not self.grant or self.grant in audience.grants)

    @property
    def key(self) -> str:
        """The name of the property in tiles and answers."""
        return self.name.replace("__", "_")

    def unit_of(self, row: Mapping[str, Any]) -> tuple[str, str]:
        """The unit of its value in a row, Chinese and English; empty where nobody knows what is counted."""
        if self.units is None:
            return self.unit, self.unit
        return self.units.words.get(str(row.get(self.units.by)), ("", ""))


def reaches(model: Any, path: str) -> bool:
    """Whether a model has a field or a joined path (``segment__name``)."""
    for part in path.split("__"):
        try:
            field = model._meta.get_field(part)
        except FieldDoesNotExist:
            return False
        model = field.related_model
    return True


TIMES = ("valid", "period")
"""The days on which a row holds, as a table calls them."""


def everything(rows: Rows, _audience: Audience) -> Rows:
    """All rows, to any audience of the layer."""
    return rows


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """What is shown of a model, to whom and how. A declaration is itself only, so it can key what is derived from it.

    ``select`` narrows the rows for an audience, ``past`` those it could see at some time since a day; ``by_area`` keeps
    staff to the area of their account. ``thin`` lists (zoom, condition): below that zoom only rows that meet the
    condition are drawn. ``order`` names what matters most, for the ``limit`` of a tile. ``coarse`` says what stands for
    the rows where they are too many. ``shown`` says whether the switch is on when a page opens. ``guarded`` rows are
    told in words only with a record of who asked and what for (``layers.inquiry``); ``personal`` says which rows tell
    of a flat: who takes them home in bulk is kept (``layers.taken``). ``editors`` are the roles that may
    make, change and take away rows by program, as far as their account may in the back office too (``layers.edits``);
    ``settle`` sets what follows from what such a row says. ``inside`` are the paths that say in what a row lies, told
    with a name that many bear: the house of a room.
    """

    id: str
    title: str
    title_en: str
    group: str
    model: type[Model]
    fields: tuple[Field, ...]
    style: Style
    audience: frozenset[Role] = EVERYONE
    select: Callable[[Rows, Audience], Rows] = everything
    past: Callable[[Rows, Audience, date], Rows] | None = None
    by_area: bool = False
    guarded: bool = False
    personal: Q | None = None
    name: str = ""
    subtitle: str = ""
    inside: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    min_zoom: int = 0
    max_zoom: int = 22
    thin: tuple[tuple[int, Q], ...] = ()
    order: tuple[str, ...] = ("pk",)
    limit: int = 20_000
    coarse: Coarse | None = None
    shown: bool = True
    geometry: str = "geom"
    shape: str = "shape"
    source: str = ""
    editors: frozenset[Role] = frozenset()
    settle: Callable[[Any], None] | None = None

    @property
    def name_en(self) -> str:
        """The column with the English of the name; none where that is not kept."""
        return self._in_english(self.name)

    @property
    def subtitle_en(self) -> str:
        """The column with the English of the subtitle; none where that is not kept."""
        return self._in_english(self.subtitle)

    def _in_english(self, column: str) -> str:
        return next((field.english for field in self.fields if field.name == column), "")

    @property
    def times(self) -> str:
        """The column with the days on which a row holds; none where that is not kept."""
        return next((name for name in TIMES if self.past and reaches(self.model, name)), "")

    def visible_to(self, audience: Audience) -> bool:
        """Whether the layer exists for this audience."""
        return audience.role in self.audience

    def fields_for(self, audience: Audience) -> tuple[Field, ...]:
        """The fields this audience may see."""
        return tuple(field for field in self.fields if field.seen_by(audience))

    def tile_fields(self, audience: Audience) -> tuple[Field, ...]:
        """The fields a tile carries for this audience."""
        return tuple(field for field in self.fields_for(audience) if field.tile)

    def rows_for(self, audience: Audience) -> Rows:
        """The rows this audience may see: none when the layer does not exist for it."""
        rows = self.model._default_manager.all()
        if not self.visible_to(audience):
            return rows.none()
        return self.within_reach(self.select(rows, audience), audience)

    def rows_since(self, audience: Audience, day: date) -> Rows:
        """The rows this audience may see, or could see at some time since a day: what "lately" is told from."""
        if self.past is None or not self.visible_to(audience):
            return self.rows_for(audience)
        return self.within_reach(self.past(self.model._default_manager.all(), audience, day), audience)

    def rows_ever(self, audience: Audience, day: date = date.min) -> Rows:
        """The rows this audience may see now, and those it could see at some time since a day."""
        if self.past is None or not self.visible_to(audience):
            return self.rows_for(audience)
        rows = self.model._default_manager.all()
        return self.within_reach(self.select(rows, audience) | self.past(rows, audience, day), audience)

    def within_reach(self, rows: Rows, audience: Audience) -> Rows:
        """Those of the rows that lie in the audience's area, when the layer is kept to areas."""
        if not (self.by_area and audience.area):
            return rows
        inside = Area.objects.filter(pk=int(audience.area), shape__intersects=OuterRef(self.shape))
        return rows.filter(Exists(inside))

    def rows_at(self, audience: Audience, zoom: int) -> Rows:
        """The rows drawn at a zoom."""
        rows = self.rows_for(audience)
        for below, condition in self.thin:
            if zoom < below:
                rows = rows.filter(condition)
        return rows
