"""From a line to its pieces: at each place the first rule that fits says what begins there."""

from __future__ import annotations

from gis.locate.gazetteer import PLAIN, Gazetteer
from gis.locate.meaning import understood
from gis.locate.parts import Label, Piece, Understood
from gis.locate.plain import line
from gis.locate.reading import Reading
from gis.locate.rules import RULES


def parse(written: str, gazetteer: Gazetteer = PLAIN) -> Understood:
    """Return what a line says. Whatever the line, this never raises."""
    source = line(written)
    reading = Reading(source, gazetteer)
    while reading.at < len(source.text):
        before = reading.at
        for rule in RULES:
            if rule(reading):
                break
        if reading.at <= before:
            reading.take(Label.NOISE, before + 1)
    return understood(_pieces(reading), source.text)


def _pieces(reading: Reading) -> tuple[Piece, ...]:
    """The pieces as they are written; neighbours that are noise are one."""
    merged: list[tuple[Label, int, int]] = []
    for label, start, end in reading.found:
        if merged and label is Label.NOISE and merged[-1][0] is Label.NOISE and merged[-1][2] == start:
            merged[-1] = (label, merged[-1][1], end)
        else:
            merged.append((label, start, end))
    spans = [(label, *reading.source.span(start, end)) for label, start, end in merged]
    return tuple(Piece(label, reading.source.written[start:end], start, end) for label, start, end in spans)
