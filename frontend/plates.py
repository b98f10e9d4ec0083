"""The link of a place as a thing to print: its QR code as a picture, and sheets of plates for staff."""

from __future__ import annotations

from io import BytesIO

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from frontend import parameters as read
from frontend.checks import only
from frontend.passport import audience
from frontend.plate_sheet import sheet
from frontend.report import public
from frontend.share import keep, named, of_place
from layers import plates, registry
from layers.inquiry import ON_PLATES, inquire
from layers.layer import Layer, Rows
from layers.places import Place
from layers.scope import STAFF, Audience

QUIET = 4  # modules of white around a code; scanners want them (ISO/IEC 18004)
DOTS = 12  # of a module in a PNG: a code of 33 modules prints 4 cm wide at 300 dots to the inch
KINDS = {"svg": "image/svg+xml", "png": "image/png"}


def qr_of(url: str) -> segno.QRCode:
    """Return the code of a link; up to 15 % of it may be dirty or torn."""
    return segno.make(url, error="m", micro=False)


@of_place
def qr(request: HttpRequest, who: Audience, at: Place, form: str) -> HttpResponse:
    """The QR code of a place's link."""
    keep(request, who, f"qr {at['layer']}:{at['id']}", [at["layer"]])
    drawn = BytesIO()
    how = {"xmldecl": False} if form == "svg" else {}
    qr_of(public(request, f"/p/{named(at, who)}")).save(drawn, kind=form, scale=DOTS, border=QUIET, **how)
    return HttpResponse(drawn.getvalue(), content_type=KINDS[form])


@require_safe
@only(STAFF)
def printed(request: HttpRequest) -> HttpResponse:
    """Plates of a layer as a PDF: those of some codes, or of all that lies in a grid or an area."""
    who = audience(request)
    read.only(request.GET, "layer", *plates.AREAS, often=("code",))
    layer = registry.get(read.word(request.GET, "layer") or read.refuse("layer", "图层编号", "the id of a layer"), who)
    made = plates.plates(layer, who, chosen(request, layer, who), timezone.localtime())
    inquire(layer, request.user, ON_PLATES, f"plates {read.said(request.GET)}", len(made))
    pdf = sheet(made, settings.CITY_NAME, lambda path: public(request, path), qr_of)
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="plates-{layer.id}.pdf"'
    return response


def chosen(request: HttpRequest, layer: Layer, who: Audience) -> Rows:
    """Return the rows that ``code`` (several, with commas between or repeated), ``grid`` or ``area`` asks for."""
    asked = [name for name in ("code", *plates.AREAS) if read.word(request.GET, name, 10_000)]
    if len(asked) != 1:
        read.refuse("code, grid, area", "须且只须给出其中一个", "exactly one of them")
    if asked[0] == "code":
        texts = [part.strip() for text in request.GET.getlist("code") for part in text.split(",")]
        return plates.bearing(layer, who, filter(None, texts))
    return plates.lying_in(layer, who, asked[0], read.word(request.GET, asked[0]))
