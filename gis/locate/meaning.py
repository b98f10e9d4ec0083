"""From labelled pieces to what they mean: numbers in digits and chained, the estate of the blocks, the offset."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gis.locate import plain, words
from gis.locate.numerals import in_digits
from gis.locate.parts import Label, Offset, Piece, Street, Understood

BEARINGS = {"北": 0.0, "东北": 45.0, "东": 90.0, "东南": 135.0, "南": 180.0, "西南": 225.0, "西": 270.0, "西北": 315.0}
COUNTED = re.compile(
    r"(?:单元|号楼|号院|大院|院|号馆|号|号房|幢|栋|座|楼|层|室|房|铺位?|商铺|店面|摊位|档口|摊|#|梯|F|第)"
)
USUAL = re.compile(r"([0-9]+)号?")
"""A street number as nearly all are written."""
GROUND = re.compile(r"^底$")
BUILDING = re.compile(r"号楼|#楼|幢|栋")
"""Behind a lane they count as 号 does: 98弄3号楼 is 98弄3号."""
NAMES = (Label.PLACE, Label.SUB_PLACE, Label.COMMUNITY, Label.ZONE)
AREAS = (Label.NOISE, Label.PROVINCE, Label.CITY, Label.DISTRICT, Label.TOWN)
ROADS = (Label.ROAD, Label.SUB_ROAD)


def understood(pieces: tuple[Piece, ...]) -> Understood:
    """Put the pieces of a line together."""
    one = {piece.label: piece.text for piece in reversed(pieces)}
    streets, places, estate = _named(pieces)
    blocks = _several(one.get(Label.BLOCK, "")) if estate or not streets or not streets[0].number else ()
    hints = [plain.text(piece.text) for piece in pieces if piece.label is Label.HINT]
    roads = [piece for piece in pieces if piece.label in ROADS]
    return Understood(
        province=plain.name(one.get(Label.PROVINCE, "")),
        city=plain.name(one.get(Label.CITY, "")),
        district=plain.name(one.get(Label.DISTRICT, "")),
        town=plain.name(one.get(Label.TOWN, "")),
        community=plain.name(one.get(Label.COMMUNITY, "")),
        streets=streets,
        places=places,
        estate=estate,
        block=blocks[0] if blocks else _block(pieces),
        blocks=blocks[1:],
        unit=count(one.get(Label.UNIT, "")),
        floor=GROUND.sub("1", count(one.get(Label.FLOOR, ""))),
        room=count(one.get(Label.ROOM, "")),
        gate=_gate(pieces),
        crossing=bool(roads) and ((len(roads) > 1 and _crosses(pieces, hints)) or _stroke(pieces)),
        offset=_offset(hints),
        whole=plain.name("".join(piece.text for piece in pieces if piece.label not in AREAS)),
        pieces=pieces,
    )


def count(text: str) -> str:
    """A number without its word, in digits and without zeros before it: 第〇二单元 is 2, 号楼 goes, A座 is A."""
    if not text:
        return ""
    bare = COUNTED.sub("", in_digits(plain.text(text))).replace("地下", "B").replace("负", "B")
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", bare)


def _several(text: str) -> tuple[str, ...]:
    """38、39号楼 are two; A-B座 too."""
    return tuple(filter(None, (count(part) for part in re.split(words.JOIN, plain.text(text))))) if text else ()


def door(text: str) -> tuple[str, tuple[str, ...]]:
    """A street number in its one form, and the others of a range or list.

    199弄 stays, 12号附3号 is 12附3, 75号-3 is 75-3, 465-1号 is 465-1; 12、14号, 12号至16号 and 456-458号 are two.
    """
    plain_text = in_digits(plain.text(text)).replace("之", "-").replace("#", "号").rstrip("院大")
    if found := USUAL.fullmatch(plain_text):
        return found[1].lstrip("0") or "0", ()
    if found := re.fullmatch(r"([0-9]+)[A-Z]?号?-?附([0-9]+)号?", plain_text):
        return f"{int(found[1])}附{int(found[2])}", ()
    first, *rest = re.split(words.LIST, plain_text)
    if (found := re.fullmatch(r"([0-9]+)号-([0-9]+)号", first)) and int(found[1]) < int(found[2]):
        return str(int(found[1])), (str(int(found[2])), *_bare(rest))
    if found := re.fullmatch(r"([0-9]+)-([0-9]+)号?", first):
        low, high = int(found[1]), int(found[2])
        if low < high <= low + 60 and low > 9:
            return str(low), (str(high), *_bare(rest))
    return "".join(_bare([first])), tuple(_bare(rest))


def _bare(texts: Iterable[str]) -> list[str]:
    bare = (re.sub(r"号(?=-|$)", "", text).strip("-") for text in texts)
    return [re.sub(r"(?<![0-9])0+(?=[0-9])", "", text) for text in bare if text]


def _named(pieces: tuple[Piece, ...]) -> tuple[tuple[Street, ...], tuple[str, ...], str]:
    """Streets with their numbers, the other names, and the one name that blocks belong to."""
    streets: list[Street] = []
    places: list[str] = []
    estate = ""
    before = ""
    for piece in pieces:
        if piece.label in ROADS and places and words.GROUP.fullmatch(piece.text):
            streets.append(Street(places[-1], in_digits(plain.text(piece.text))))
        elif piece.label in ROADS and not _lane(piece):
            streets.append(Street(plain.name(piece.text)))
        elif piece.label in NAMES and not _is_gate(piece):
            places.append(plain.name(piece.text))
        elif _numbers(piece, before):
            _carry(streets, places, piece)
        elif piece.label in (Label.BLOCK, Label.UNIT, Label.ROOM) and not estate and places:
            estate = places[-1]
        if piece.label not in (Label.NOISE, Label.HINT):
            number = piece.label in (Label.NUMBER, Label.SUB_NUMBER)
            before = "弄" if plain.text(piece.text).endswith("弄") else "number" if number else ""
    return tuple(streets), tuple(dict.fromkeys(filter(None, places))), estate


def _numbers(piece: Piece, before: str) -> bool:
    """Whether a piece is (part of) a street number: 14号 behind 669弄 is one, and so is 14 there."""
    written = plain.text(piece.text)
    if piece.label in (Label.NUMBER, Label.SUB_NUMBER) or _lane(piece):
        return True
    return piece.label is Label.BLOCK and (before.endswith("弄") or (before == "number" and written.endswith("号")))


def _lane(piece: Piece) -> bool:
    """199弄 is a number; 元芳弄 is a street."""
    return bool(words.LANE.fullmatch(plain.text(piece.text)))


def _carry(streets: list[Street], places: list[str], piece: Piece) -> None:
    """Give a number to the street before it, or to the name before it where there is no street."""
    number, more = door(BUILDING.sub("号", plain.text(piece.text)))
    if not streets:
        name = places[-1] if places else ""
        streets.append(Street(name, number, more))
        return
    last = streets[-1]
    if not last.number:
        streets[-1] = Street(last.name, number, more)
    elif last.number.endswith(("弄", "组", "队")) or number.startswith("附"):
        streets[-1] = Street(last.name, last.number + number, tuple(last.number + other for other in more))


def _block(pieces: tuple[Piece, ...]) -> str:
    """The block behind a street number: 18号2幢."""
    blocks = [plain.text(piece.text) for piece in pieces if piece.label is Label.BLOCK]
    said = next((text for text in blocks if not text.endswith("号") and not text.isdigit()), "")
    return count(re.split(words.LIST, said)[0]) if said else ""


def _is_gate(piece: Piece) -> bool:
    return piece.label is Label.SUB_PLACE and bool(words.GATE.fullmatch(plain.text(piece.text).strip("()")))


def _gate(pieces: tuple[Piece, ...]) -> str:
    return next((plain.name(piece.text) for piece in pieces if _is_gate(piece)), "")


def _crosses(pieces: tuple[Piece, ...], hints: list[str]) -> bool:
    """Two roads cross when the line says so, or when only a word like 与 stands between them and no number."""
    said = any(words.CROSSING.match(hint) for hint in hints)
    numbered = any(piece.label in (Label.NUMBER, Label.SUB_NUMBER) for piece in pieces)
    return said or (not numbered and any(words.AND.fullmatch(hint) for hint in hints)) or _bare_pair(pieces)


def _stroke(pieces: tuple[Piece, ...]) -> bool:
    """A stroke between two names, though one of them does not end like a street: 人民路/南浦大桥."""
    beside = [{pieces[at].label, pieces[at + 2].label} for at, sign in enumerate(pieces[1:-1]) if sign.text == "/"]
    return any(pair <= {*ROADS, *NAMES} for pair in beside)


def _bare_pair(pieces: tuple[Piece, ...]) -> bool:
    """新市街新桥路, and what a stop of that name has in brackets behind it."""
    labels = [piece.label for piece in pieces if piece.label not in AREAS and not piece.text.startswith(("(", "（"))]
    return labels == [Label.ROAD, Label.SUB_ROAD]


def _offset(hints: list[str]) -> Offset | None:
    """East by fifty metres, or beside."""
    side: Offset | None = None
    for hint in hints:
        if found := words.OFFSET.fullmatch(hint):
            way = (found["way"] or "").lstrip("正斜")
            far = float(in_digits(found["far"])) * (1000 if found["unit"] in ("公里", "千米") else 1)
            return Offset(hint, BEARINGS.get(way, side.bearing if side else None), min(far, 20_000.0))
        if found := words.SIDE.fullmatch(hint):
            side = Offset(hint, BEARINGS[(found["way"] or found["there"]).lstrip("正斜")])
        elif words.BESIDE.fullmatch(hint) and side is None:
            side = Offset(hint)
    return side
