"""Answers that were given a moment ago are given again while there is no news: one look-up instead of the whole way.

An answer is remembered with all that it was made from: the path, the token shown, the tag held, whom it was given to,
and one ``Known``. Anything new, a withdrawn pass or an edit anywhere, makes another: then all are forgotten.

What is remembered is bounded by its bytes. Only bodies as gzip are, which the cache of tiles holds too, and of what
strangers send only what makes an answer another one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from wsgiref.types import WSGIEnvironment

from layers.scope import Audience
from tiles.gate import Gate, shown
from tiles.generations import Generations, Known

MOST_BYTES = 48 * 2**20
ENTRY = 1500
"""Bytes of an answer beside its body: headers, key and what holds them."""
LONGEST = 1500
"""Of what strangers send and would be remembered."""
Headers = list[tuple[str, str]]
Answer = tuple[str, Headers, bytes]
Question = tuple[str, str, str]
"""Path, token and the tags held."""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer, whom it was given to, and what was known."""

    answer: Answer
    audience: Audience
    known: Known


@dataclass(slots=True)
class Shelf:
    """The answers given at one moment of the news, and how many bytes they are."""

    known: Known | None = None
    given: dict[Question, Given] = field(default_factory=dict)
    used: int = 0


class Ready:
    """At most ``most`` bytes of answers; all are forgotten when they are too many, or when there is news."""

    def __init__(self, generations: Generations, gate: Gate, most: int = MOST_BYTES) -> None:
        self._generations, self._gate, self._most = generations, gate, most
        self._shelf = Shelf()
        self._keeping = Lock()

    @property
    def used(self) -> int:
        """Bytes of what is remembered now."""
        return self._shelf.used

    def find(self, question: Question) -> Answer | None:
        """Return the answer to a question if it is certain to be the same today. Never waits."""
        given = self._shelf.given.get(question)
        if given is None or given.known is not self._generations.certain():
            return None
        proof = self._gate.certain(question[1], given.known)
        return given.answer if proof is not None and proof.audience == given.audience else None

    def keep(self, question: Question, given: Given) -> None:
        """Remember an answer, unless there was news while it was made."""
        length = sum(map(len, question))
        if given.known is not self._generations.certain() or length > LONGEST:
            return
        size = len(given.answer[2]) + length + ENTRY
        with self._keeping:
            if self._shelf.known is not given.known or self._shelf.used + size > self._most:
                self._shelf = Shelf(given.known)
            if question not in self._shelf.given and size <= self._most:
                self._shelf.given[question] = given
                self._shelf.used += size


def question(environ: WSGIEnvironment) -> Question:
    """All of a request that the answer to a tile depends on, where it may be sent as gzip."""
    return environ["PATH_INFO"], shown(environ.get("HTTP_COOKIE", "")), environ.get("HTTP_IF_NONE_MATCH", "")
