"""The link of a place as a thing to print: its QR code as a picture."""

from __future__ import annotations

from io import BytesIO

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from frontend.share import named, of_place
from layers.places import Place
from layers.scope import Audience

QUIET = 4  # modules of white around a code; scanners want them (ISO/IEC 18004)
DOTS = 12  # of a module in a PNG: a code of 33 modules prints 4 cm wide at 300 dots to the inch
KINDS = {"svg": "image/svg+xml", "png": "image/png"}


def qr_of(url: str) -> segno.QRCode:
    """Return the code of a link; up to 15 % of it may be dirty or torn."""
    return segno.make(url, error="m", micro=False)


def public(request: HttpRequest, path: str) -> str:
    """A link for paper: by the public name of the city's map, which need not be the one that the reader typed."""
    return f"{settings.PUBLIC_URL or request.build_absolute_uri('/').rstrip('/')}{path}"


@of_place
def qr(request: HttpRequest, who: Audience, at: Place, form: str) -> HttpResponse:
    """The QR code of a place's link."""
    drawn = BytesIO()
    how = {"xmldecl": False} if form == "svg" else {}
    qr_of(public(request, f"/p/{named(at, who)}")).save(drawn, kind=form, scale=DOTS, border=QUIET, **how)
    return HttpResponse(drawn.getvalue(), content_type=KINDS[form])
