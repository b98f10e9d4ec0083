"""Where is that, and what is here: a line of an address to places, a position to the sentence a person would say."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from frontend import parameters as read
from frontend.passport import audience
from frontend.questions import told
from gis.locate.answer import Answer, Candidate, Precision
from gis.locate.parts import Label, Piece
from layers.locate import locate as located
from layers.reverse import reverse as said_of

LONGEST, MOST = 200, 10
PRECISIONS = {
    Precision.ROOM: ("到室", "room"),
    Precision.BUILDING: ("到楼栋或单位", "building"),
    Precision.NUMBER: ("到门牌", "door"),
    Precision.GATE: ("到门口", "gate"),
    Precision.INTERPOLATED: ("按相邻门牌推算", "between neighbouring doors"),
    Precision.CROSSING: ("到路口", "crossing"),
    Precision.ROAD: ("只到道路", "street only"),
    Precision.AREA: ("只到区域", "area only"),
}
ASSUMED = {
    "spelling": ("名称按相近写法理解", "the name was taken for a similar one"),
    "number": ("没有这个门牌的登记", "this number is not on record"),
    "district": ("区县与登记不符", "the district differs from the register"),
    "town": ("街道乡镇与登记不符", "the town differs from the register"),
    "part": ("只对上名称的一部分", "only a part of the name matches"),
    "crossing": ("没有找到路口，只到其中一条路", "the crossing was not found, only one of its streets"),
    "doors": ("按两路门牌推算", "supposed from doors of both streets"),
    "gate": ("门的位置是推算的", "where the gate is was supposed"),
    "beside": ("在其旁近", "somewhere beside it"),
    "offset": ("按方位和米数推算", "moved by the distance named"),
}


@require_safe
def locate(request: HttpRequest) -> JsonResponse:
    """The places that a line may mean, the likeliest first; of equals the nearest to lon/lat when these are given."""
    read.only(request.GET, "q", "limit", "lon", "lat")
    text = read.word(request.GET, "q", LONGEST)
    if not text:
        read.refuse("q", "应写明地址，例 q=人民路12号", "an address, such as q=人民路12号")
    who, near = audience(request), read.position(request.GET)
    answer = located(text, who, read.count(request.GET, "limit", 5, MOST), near)
    return told(request, who, in_words(text, answer))


@require_safe
def reverse(request: HttpRequest) -> JsonResponse:
    """The sentence for a position."""
    read.only(request.GET, "lon", "lat")
    who, point = audience(request), read.position(request.GET, required=True)
    assert point is not None
    return told(request, who, said_of(point, who))


def in_words(text: str, answer: Answer) -> dict[str, Any]:
    """The whole answer as JSON; what is said in codes is said in words too."""
    found = [_candidate(one) for one in answer.candidates]
    return {
        "q": text,
        "sure": answer.sure,
        "understood": [_piece(piece) for piece in answer.understood.pieces if piece.label is not Label.NOISE],
        "ignored": list(answer.understood.ignored),
        "unused": list(answer.unused),
        "results": found,
        "message": "" if found else "没有找到这个地址",
        "message_en": "" if found else "this address was not found",
    }


def _piece(piece: Piece) -> dict[str, str]:
    return {"part": piece.label.name.lower(), "text": piece.text}


def _candidate(one: Candidate) -> dict[str, Any]:
    words, words_en = PRECISIONS[one.precision]
    return {
        "title": one.title,
        "lon": round(one.lon, 7),
        "lat": round(one.lat, 7),
        "precision": str(one.precision),
        "precision_title": words,
        "precision_title_en": words_en,
        "confidence": one.confidence,
        "assumed": [{"code": code, "title": ASSUMED[code][0], "title_en": ASSUMED[code][1]} for code in one.assumed],
        **({"layer": one.layer, "id": one.row} if one.layer else {}),
    }
