"""How a problem with a place is told: by the number and the link of it that the outside knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from layers.report import report


def public(request: HttpRequest, path: str) -> str:
    """A link to be kept or handed on: by the public name of the city's map, which need not be the one that the reader
    typed."""
    return f"{settings.PUBLIC_URL or request.build_absolute_uri('/').rstrip('/')}{path}"


def reportable(request: HttpRequest, card: dict[str, Any]) -> dict[str, Any]:
    """Return a card with how a problem with its place is told; ``share`` is its link."""
    return card | {"report": report(card, public(request, card["share"]), settings.HOTLINE)}
