"""Rows made, changed and taken away by other programs: by whom a declaration names, within their area, and noted.

Nothing may be edited that is not declared so. What holds in the back office holds here: permissions of the account,
the model's own checks, the database's constraints, the log. Nobody changes a state that he has not seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.gis.geos import GEOSGeometry
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, InternalError, connection, transaction
from django.db.models import Func, ProtectedError, RestrictedError, TextField
from django.utils.crypto import salted_hmac

from gis.crs_served import Served
from gis.errors import Conflict, NotAllowed, NotFound, Stale, Unconditional, Unfit, sentence
from gis.models import Area
from layers import incoming
from layers.geojson import features
from layers.layer import Layer
from layers.properties import properties
from layers.scope import Audience, Role

ANY = frozenset({"*"})
PATIENCE_MS = 8_000
ACTS = {"add": ADDITION, "change": CHANGE, "delete": DELETION}
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Editor:
    """Who edits: what they see by, every role they have, and the account."""

    audience: Audience
    roles: frozenset[Role]
    user: User | AnonymousUser


@dataclass(frozen=True, slots=True)
class About:
    """Which row an edit is about, and of which states (``version``) of it; None when the editor did not say."""

    pk: int
    states: frozenset[str] | None


def may(layer: Layer, editor: Editor, act: str) -> bool:
    """Whether somebody may "add", "change" or "delete" rows: declared, by role, and permitted to the account."""
    if layer.guarded or not layer.editors & editor.roles or not layer.visible_to(editor.audience):
        return False
    about = layer.model._meta
    return editor.user.has_perm(f"{about.app_label}.{act}_{about.model_name}")


def version(layer: Layer, pk: int) -> str:
    """Return a word for the state of a row, another after every change, whoever makes it; "" for no row.

    It is made of the transaction that wrote the row, which it does not tell.
    """
    state = Func(template="xmin::text", output_field=TextField())
    rows = layer.model._base_manager.filter(pk=pk).annotate(edits_state=state)
    known = rows.values_list("edits_state", flat=True).first()
    table = layer.model._meta.db_table
    return salted_hmac("layers.edits", f"{table} {pk} {known}").hexdigest()[:16] if known else ""


def create(layer: Layer, editor: Editor, document: Json, crs: Served) -> int:
    """Make a row of a feature; return its number."""
    _permitted(layer, editor, "add")
    with _heard(layer):
        row = layer.model()
        _filled(row, layer, editor, document, {}, crs)
        _note(editor, row, "add", [])
        return int(row.pk)


def replace(layer: Layer, editor: Editor, about: About, document: Json, crs: Served) -> None:
    """Make a row what a feature says; what it leaves out is as if never said."""
    with _held(layer, editor, about, "change") as row:
        _changed(row, layer, editor, document, _told(layer, editor, about.pk, crs), crs)


def update(layer: Layer, editor: Editor, about: About, patch: Json, crs: Served) -> None:
    """Change of a row what a merge patch says."""
    with _held(layer, editor, about, "change") as row:
        told = _told(layer, editor, about.pk, crs)
        _changed(row, layer, editor, incoming.merged(told, patch), told, crs)


def remove(layer: Layer, editor: Editor, about: About) -> None:
    """Take a row away; ``Conflict`` while others refer to it."""
    with _held(layer, editor, about, "delete") as row:
        _note(editor, row, "delete", [])
        try:
            row.delete()
        except (ProtectedError, RestrictedError) as wrong:
            kinds = {type(one)._meta.verbose_name for one in wrong.args[1]}
            names = "、".join(sorted(map(str, kinds)))
            raise Conflict(f"仍被引用：{names} / still referred to by: {names}") from None


def _permitted(layer: Layer, editor: Editor, act: str) -> None:
    if not may(layer, editor, act):
        raise NotAllowed(f"无权修改{layer.title} / You may not edit {layer.id} in this way")


@contextmanager
def _held(layer: Layer, editor: Editor, about: About, act: str) -> Iterator[Any]:
    """A row that the editor sees and may change, locked in the state that he has seen."""
    _permitted(layer, editor, act)
    with _heard(layer):
        row = layer.model._base_manager.select_for_update().filter(pk=about.pk).first()
        if row is None or not layer.rows_for(editor.audience).filter(pk=about.pk).exists():
            raise NotFound(f"没有编号为 {about.pk} 的{layer.title} (no such feature)")
        if about.states is None:
            raise Unconditional("须以 If-Match 写明所见的 ETag / Say by If-Match which ETag you have seen")
        if about.states != ANY and version(layer, about.pk) not in about.states:
            raise Stale("要素已被修改，请重新读取 / The feature has changed since; read it again")
        _within_area(editor, getattr(row, layer.geometry))
        yield row


@contextmanager
def _heard(layer: Layer) -> Iterator[None]:
    """A transaction whose refusals by model and database are told in words."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE_MS}")
            yield
    except ValidationError as wrong:
        raise incoming.spoken(wrong, layer) from None
    except (IntegrityError, InternalError, DataError) as wrong:
        raise Unfit(sentence(wrong)) from None


def _within_area(editor: Editor, geom: GEOSGeometry | None) -> None:
    """Refuse a shape that does not lie, all of it, in the area of the editor."""
    area = editor.audience.area
    if area and not (geom and Area.objects.filter(pk=int(area), geom__covers=geom).exists()):
        raise NotAllowed("图形不在您的辖区之内 / The shape does not lie within your area")


def _told(layer: Layer, editor: Editor, pk: int, crs: Served) -> Json:
    told = properties(layer, editor.audience).values()
    [text] = features(layer, layer.rows_for(editor.audience), told, crs, [pk])
    found: Json = json.loads(text)
    return found


def _changed(row: Any, layer: Layer, editor: Editor, document: Json, told: Json, crs: Served) -> None:
    changed = _filled(row, layer, editor, document, told, crs)
    if changed:
        _note(editor, row, "change", changed)


def _filled(row: Any, layer: Layer, editor: Editor, document: Json, told: Json, crs: Served) -> list[str]:
    """Set and save what differs from what was told: a shape that comes back as it was told is not moved by rounding."""
    given = document.get("properties") or {}
    if not isinstance(given, dict):
        incoming.refuse("properties", "应为对象", "should be an object")
    changed = incoming.fill(row, layer, editor.audience, given, told.get("properties", {}))
    if not told or document.get("geometry") != told["geometry"]:
        setattr(row, layer.geometry, incoming.shape(layer, document.get("geometry"), crs))
        changed.append(incoming.GEOMETRY)
    if changed:
        if layer.settle:
            layer.settle(row)
        _within_area(editor, getattr(row, layer.geometry))
        row.full_clean()
        row.save()
    return changed


def _note(editor: Editor, row: Any, act: str, changed: list[str]) -> None:
    """Note an edit where those of the back office are noted."""
    about = {"name": "OGC API", "object": str(row), **({"fields": changed} if changed else {})}
    told = {"add": "added", "change": "changed", "delete": "deleted"}[act]
    LogEntry.objects.log_actions(editor.user.pk or 0, [row], ACTS[act], [{told: about}], single_object=True)
