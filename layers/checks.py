"""System checks that read every declaration and say in a sentence what to mend."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import FieldError

from gis.models import Roll, RollReading
from layers.coarse import Blocks, Counts, Coverage, counts_of, views
from layers.incoming import writable
from layers.layer import Layer, reaches
from layers.registry import every
from layers.scope import GRANTS, MOST_GRANTS, Audience, Role

NEVER_A_LAYER = (Roll, RollReading)
LEAST = 5
"""Rows of what is kept to areas that a cell must have to be told: less would point at one."""
FAR = 15  # a tile of a smaller zoom covers more than one can see the single things of


@register()
def check_layers(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Refuse a declaration that names what its model lacks, or that its own audience could not draw."""
    return [problem for layer in every() for problem in problems(layer)]


def problems(layer: Layer) -> Iterator[Error]:
    """Yield what is wrong with one declaration."""
    yield from _missing_fields(layer)
    yield from _undrawable(layer)
    yield from _unreadable(layer)
    yield from _overfull(layer)
    yield from _misplaced_trust(layer)
    yield from _uneditable(layer)


def _missing_fields(layer: Layer) -> Iterator[Error]:
    own = (layer.geometry, layer.shape, layer.source or "source", *filter(None, (layer.name, layer.subtitle)))
    units = (field.units.by for field in layer.fields if field.units)
    for path in dict.fromkeys((*(field.name for field in layer.fields), *own, *units, *layer.inside, *layer.search)):
        if not reaches(layer.model, path):
            yield _error("E001", f"layer '{layer.id}' shows '{path}', which {layer.model.__name__} lacks")


def _undrawable(layer: Layer) -> Iterator[Error]:
    tile = {field.key: field for field in layer.fields if field.tile}
    for key in sorted(layer.style.fields - tile.keys()):
        yield _error("E002", f"layer '{layer.id}' is styled by '{key}', which its tiles do not carry")
    for key in sorted(layer.style.fields & tile.keys()):
        if tile[key].grant or not layer.audience <= tile[key].audience:
            yield _error("E003", f"layer '{layer.id}' is styled by '{key}', which not all of its audience may see")
    for field in (field for field in layer.fields if field.english):
        other = next((one for one in layer.fields if one.name == field.english), None)
        if other is None or other.grant != field.grant or not field.audience <= other.audience:
            what = f"says '{field.key}' in English by '{field.english}'"
            yield _error("E018", f"layer '{layer.id}' {what}, which not all who see the one may see")
    if not 0 <= layer.min_zoom <= layer.max_zoom <= 22:
        yield _error("E004", f"layer '{layer.id}' has no zooms between {layer.min_zoom} and {layer.max_zoom}")
    if not layer.style.classes:
        yield _error("E005", f"layer '{layer.id}' has a style without a class, so nothing would be drawn")


def _unreadable(layer: Layer) -> Iterator[Error]:
    if not re.fullmatch(r"[a-z][a-z0-9-]*", layer.id):
        yield _error("E009", f"layer '{layer.id}' needs an id of small letters, digits and hyphens")
    for zoom in (0, layer.max_zoom):
        try:
            layer.rows_at(Audience(next(iter(layer.audience))), zoom).order_by(*layer.order)
        except FieldError as wrong:
            yield _error("E008", f"layer '{layer.id}' cannot be cut at zoom {zoom}: {wrong}")


def _overfull(layer: Layer) -> Iterator[Error]:
    """Far out nobody may be sent all rows of a table, nor stored what others may not see, or see on another day."""
    coarse, style = layer.coarse, layer.style
    if coarse is None:
        if layer.min_zoom < FAR and not layer.thin and layer.order == ("pk",):
            way = "declare coarse, thin or order"
            yield _error("E010", f"layer '{layer.id}' would send all its rows at zoom {layer.min_zoom}: {way}")
    elif isinstance(coarse, Coverage):
        for path in coarse.by:
            if not reaches(layer.model, path):
                yield _error("E001", f"layer '{layer.id}' shows '{path}', which {layer.model.__name__} lacks")
    else:
        cues = {cue.field for cue in (style.width, style.dash, style.offset, style.glyph) if cue} - {style.by}
        for key in sorted(cues):
            kept = f"keeps '{style.by}' but not '{key}' of its style"
            yield _error("E011", f"layer '{layer.id}' is gathered, which {kept}")
        if isinstance(coarse, Blocks) and style.kind != "fill":
            yield _error("E012", f"layer '{layer.id}' has blocks, but its style does not fill surfaces")
        yield from _passing(layer)


def _passing(layer: Layer) -> Iterator[Error]:
    for role in dict.fromkeys(views(layer).values()):
        if "TIMESTAMP" in str(layer.rows_for(Audience(Role(role))).query):
            yield _error("E013", f"layer '{layer.id}' is gathered, but its rows for '{role}' depend on the day")
            return


def _misplaced_trust(layer: Layer) -> Iterator[Error]:
    if layer.model in NEVER_A_LAYER:
        yield _error("E006", f"layer '{layer.id}' shows {layer.model.__name__}: people's data is never a layer")
    if layer.by_area and Role.RESIDENT in layer.audience:
        yield _error("E007", f"layer '{layer.id}' is kept to staff areas and yet public: residents have no area")
    for field in layer.fields:
        if field.grant and (field.grant not in GRANTS or len(GRANTS) > MOST_GRANTS):
            yield _error("E014", f"layer '{layer.id}' keeps '{field.key}' for the grant '{field.grant}', which is none")
    counts = counts_of(layer.coarse)
    if layer.by_area and counts and (counts.least < LEAST or not isinstance(layer.coarse, Counts)):
        yield _error("E015", f"layer '{layer.id}' is kept to areas and counted: no cell may tell of less than {LEAST}")


def _uneditable(layer: Layer) -> Iterator[Error]:
    """Who may edit must see what he edits, all of which must be his to say."""
    if not layer.editors:
        return
    if layer.guarded or Role.RESIDENT in layer.editors or not layer.editors <= layer.audience:
        yield _error("E016", f"layer '{layer.id}' is edited by roles that it is hidden from or told to for a purpose")
    for role in sorted(layer.editors & layer.audience):
        said = {one.path for one in writable(layer, Audience(role)).values()} | {layer.geometry}
        for column in layer.model._meta.concrete_fields:
            if column.name not in said and not _has_default(column):
                yield _error("E017", f"layer '{layer.id}' is edited by '{role}', who cannot say '{column.name}'")


def _has_default(column: Any) -> bool:
    return bool(
        column.null
        or column.has_default()
        or column.generated
        or column.primary_key
        or getattr(column, "auto_now", False)
    )


def _error(code: str, sentence: str) -> Error:
    return Error(sentence, id=f"layers.{code}")
