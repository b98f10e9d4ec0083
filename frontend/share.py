"""One page a place: the card for whoever follows its link, as data for programs, and a preview for a chat.

What a code means, ``layers.places`` decides. One place: its page. Several: a page to choose from. None, but a place
that bore it once: on to what it bears now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import quote, unquote

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from frontend import parameters as read
from frontend.api import answer
from frontend.language import in_language
from frontend.passport import audience
from frontend.report import reportable
from gis.errors import NotFound
from layers import features, places, registry
from layers.city.place import about
from layers.inquiry import BY_ITS_CODE, inquire
from layers.places import Place
from layers.scope import RESIDENT, Audience
from tiles import picture

FRESH_S = 300
SAID = 4  # facts in the preview's description
HTML, JSON = "text/html", "application/json"
SEVERAL = 300
Json = dict[str, Any]
P = ParamSpec("P")
OfPlace = Callable[Concatenate[HttpRequest, Audience, Place, P], HttpResponse]
OfCode = Callable[Concatenate[HttpRequest, str, P], HttpResponse]


def found(code: str, who: Audience) -> Place:
    """Return the place of a code; ``NotFound`` when there is none for this audience."""
    place = places.place(code, who)
    if place is None:
        raise NotFound(f"没有编码为「{code[:60]}」的地点 (no place has this code)")
    return place


def of_place(view: OfPlace[P]) -> OfCode[P]:
    """A view of one place, given its code; it answers itself where the code means several places or a former one."""

    @require_safe
    @wraps(view)
    def answered(request: HttpRequest, code: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        who = audience(request)
        there = places.places(code, who)
        if len(there) == 1:
            response = view(request, who, there[0], *args, **kwargs)
        else:
            response = choice(request, code, there, who) if there else moved(request, code, who)
        patch_cache_control(response, private=True, no_cache=True)  # by right; and a code may be given anew
        patch_vary_headers(response, ("Accept", "Cookie"))
        return response

    return answered


@of_place
def place(request: HttpRequest, who: Audience, at: Place, form: str = "") -> HttpResponse:
    """The page of a place, the same to a person and to a chat's robot; or the same as data.

    Chats and mail hang words of their own on a link, which the page does not heed; of data they are refused.
    """
    if form == "json":
        read.only(request.GET)
    known = told(request, who, at)
    if wants_data(request, form):
        return answer(known)
    return in_language(
        request,
        lambda: render(request, "frontend/place.html", known | preview(request, known, who) | shown(known, who)),
    )


@require_safe
def image(request: HttpRequest, code: str) -> HttpResponse:
    """The picture of a place, as anyone may see it."""
    response = HttpResponse(picture.of(found(code, RESIDENT)), content_type="image/png")
    patch_cache_control(response, public=True, max_age=FRESH_S)
    return response


def told(request: HttpRequest, who: Audience, at: Place) -> Json:
    """Return all that is said of a place: what ``about`` knows, and where its page is."""
    layer = registry.get(at["layer"], who)
    known = about(layer, who, at["id"], timezone.localtime())
    keep(request, who, f"card {at['layer']}:{at['id']}", [at["layer"], *(one["layer"] for one in known["neighbours"])])
    name = named(at, who)
    about_it = {
        "name": name,
        "share": f"/p/{name}",
        "url": request.build_absolute_uri(f"/p/{name}"),
        "map": f"/map?sel={at['layer']}:{at['id']}#17.00/{at['lat']:.5f}/{at['lon']:.5f}",
    }
    return reportable(request, known | about_it)


def keep(request: HttpRequest, who: Audience, question: str, told_of: list[str]) -> None:
    """Keep the reading of what is guarded among the layers told of, each as often as a row of it is told."""
    for layer_id, rows in Counter(told_of).items():
        inquire(registry.get(layer_id, who), request.user, BY_ITS_CODE, question, rows)


def named(at: Place, who: Audience) -> str:
    """The name in a link, quoted: the code, unless another place that the reader may see bears it too."""
    name = places.link(at, who)
    return quote(f"{at['layer']}:{at['id']}" if places.shared([name], who) else name)


def shown(known: Json, who: Audience) -> Json:
    """Return the place in the reader's language, where it belongs apart from what else is by it; staff get plates."""
    said = translated(known)
    chain = [one for one in said["neighbours"] if one["relation"] == "within"]
    grid = known["name"] if known["layer"] == "grids" and ":" not in unquote(known["name"]) else ""
    return {"place": said, "chain": chain, "around": said["neighbours"][len(chain) :],
            "plates": not who.public, "grid": grid}  # fmt: skip


def wants_data(request: HttpRequest, form: str) -> bool:
    """Whether a program asks: by the ending, or by what it accepts."""
    return form == "json" or request.get_preferred_type([HTML, JSON]) == JSON


def preview(request: HttpRequest, known: Json, who: Audience) -> Json:
    """Return what a chat shows: title, a few facts, picture."""
    said = translated(known)
    colon, stop = (": ", "; ") if get_language() == "en" else ("：", "；")
    rows = [row for row in said["rows"] if row["value"] not in (known["title"], said["title"], known["title_en"])]
    facts = [f"{row['title']}{colon}{row['value']}{row['unit']}" for row in rows]
    where = "›".join(part["title"] for part in said["within"] if part["layer"] == "areas")
    public = who.public or places.places(f"{known['layer']}:{known['id']}", RESIDENT)
    return {
        "description": stop.join(filter(None, [said["layer_title"], where, *facts[:SAID]])),
        "image": request.build_absolute_uri(f"/p/{known['name']}.png") if public else "",
        "width": picture.WIDTH,
        "height": picture.HEIGHT,
    }


def choice(request: HttpRequest, code: str, there: list[Place], who: Audience) -> HttpResponse:
    """The places that bear one code, to choose from; each by its layer and number, which name it alone."""
    cards = [features.card(registry.get(at["layer"], who), who, at["id"]) for at in there]
    keep(request, who, f"choice {code}", [at["layer"] for at in there])
    lines = [
        {
            **{key: card[key] for key in ("layer", "layer_title", "layer_title_en", "id", "title", "title_en")},
            "where": "›".join(area["title"] for area in _areas(card)),
            "where_en": "›".join(area["title_en"] or area["title"] for area in _areas(card)),
            "link": f"/p/{card['layer']}:{card['id']}",
        }
        for card in cards
    ]
    if wants_data(request, "json" if request.path.endswith(".json") else ""):
        response: HttpResponse = answer({"code": code, "choices": lines})
    else:
        response = in_language(
            request, lambda: render(request, "frontend/places.html", {"code": code, "choices": translated(lines)})
        )
    response.status_code = SEVERAL
    return response


def _areas(card: dict[str, Any]) -> list[dict[str, Any]]:
    return [part for part in card["within"] if part["layer"] == "areas"]


def moved(request: HttpRequest, code: str, who: Audience) -> HttpResponse:
    """On to what a place bears now, in the same form; ``NotFound`` when no place, or none of theirs, bore the code."""
    there = places.former(code, who)
    if not there:
        raise NotFound(f"没有编码为「{code[:60]}」的地点 (no place has this code)")
    if len(there) > 1:
        return choice(request, code, there, who)
    words = f"?{request.GET.urlencode()}" if request.GET else ""
    return HttpResponsePermanentRedirect(f"/p/{named(there[0], who)}{request.path.removeprefix(f'/p/{code}')}{words}")


def translated(value: Any) -> Any:
    """Return what is said in the reader's language: ``title_en`` for ``title``, where he reads English."""
    return _english(value) if get_language() == "en" else value


def _english(value: Any) -> Any:
    if isinstance(value, list):
        return [_english(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {key: _english(value.get(f"{key}_en") or one) for key, one in value.items()}
