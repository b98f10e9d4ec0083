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
    reading = Reading(line(written), gazetteer)
    while reading.at < len(reading.text):
        before = reading.at
        for rule in RULES:
            if rule(reading):
                break
        if reading.at <= before:
            reading.take(Label.NOISE, before + 1)
    return understood(_pieces(reading))


def _pieces(reading: Reading) -> tuple[Piece, ...]:
    """The pieces as they are written."""
    line = reading.source
    spans = [(label, *line.span(start, end)) for label, start, end in reading.found]
    return tuple([Piece(label, line.written[start:end], start, end) for label, start, end in spans])
