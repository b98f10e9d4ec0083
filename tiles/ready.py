"""Answers that were given a moment ago are given again while there is no news: one look-up instead of the whole way.

An answer is remembered with all that it was made from: the path, the headers that were read, who asked, and the very
``Known`` that was valid. Anything new, a withdrawn pass or an edit anywhere, makes another ``Known``, and the whole way
is gone once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from wsgiref.types import WSGIEnvironment

from layers.scope import COOKIE, RESIDENT, Audience
from tiles.gate import Gate
from tiles.generations import Generations, Known

MOST = 4096
LONGEST = 1500
"""Of what strangers send and would be remembered."""
Headers = list[tuple[str, str]]
Answer = tuple[str, Headers, bytes]
Question = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Given:
    """An answer, whom it was given to, and what was known."""

    answer: Answer
    audience: Audience
    known: Known


class Ready:
    """At most ``MOST`` answers; all are forgotten when they are too many."""

    def __init__(self, generations: Generations, gate: Gate) -> None:
        self._generations, self._gate = generations, gate
        self._given: dict[Question, Given] = {}

    def find(self, question: Question) -> Answer | None:
        """Return the answer to a question if it is certain to be the same today; ``Busy`` as the gate says."""
        given = self._given.get(question)
        if given is None or given.known is not self._generations.certain():
            return None
        cookies = question[1]
        if (self._gate.asker(cookies) if COOKIE in cookies else RESIDENT) != given.audience:
            return None
        return given.answer

    def keep(self, question: Question, given: Given) -> None:
        """Remember an answer, unless there was news while it was made."""
        if given.known is not self._generations.certain() or sum(map(len, question)) > LONGEST:
            return
        if len(self._given) >= MOST:
            self._given.clear()
        self._given[question] = given


def question(environ: WSGIEnvironment) -> Question:
    """All of a request that the answer to a tile depends on."""
    return (
        environ["PATH_INFO"],
        environ.get("HTTP_COOKIE", ""),
        environ.get("HTTP_ACCEPT_ENCODING", ""),
        environ.get("HTTP_IF_NONE_MATCH", ""),
    )
