"""Who asks, by the signed cookie, unless it was withdrawn: that is told as news and kept in memory."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from threading import Lock

from layers.models import Ended, Epoch
from layers.scope import COOKIE, RESIDENT, Audience, Bearer, read
from tiles.generations import Generations, Read

TABLES = (Epoch._meta.db_table, Ended._meta.db_table)
EPOCHS = b"SELECT account, number FROM layers_epoch"
ENDED = b"SELECT sitting FROM layers_ended"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The accounts' epochs (0 where none is told) and the sittings that have ended, as of a generation of the news."""

    at: Hashable = None
    epochs: Mapping[int, int] = field(default_factory=dict)
    ended: frozenset[str] = frozenset()

    def lets(self, bearer: Bearer) -> bool:
        """Whether a token given to a bearer still counts."""
        return self.epochs.get(bearer.account, 0) == bearer.epoch and bearer.sitting not in self.ended


class Gate:
    """Reads the audience of a request. What is withdrawn is read anew when there is news of it."""

    def __init__(self, rows: Read, generations: Generations) -> None:
        self._rows, self._generations = rows, generations
        self._known = Withdrawn()
        self._reading = Lock()

    def asker(self, cookies: str) -> Audience:
        """The audience that a Cookie header proves. ``Busy`` when what is withdrawn has news that cannot be read."""
        if COOKIE not in cookies:
            return RESIDENT
        for pair in cookies.split(";"):
            name, _, value = pair.partition("=")
            if name.strip() == COOKIE:
                proof = read(value.strip().strip('"'))
                if proof.bearer.account and not self._withdrawn().lets(proof.bearer):
                    return RESIDENT
                return proof.audience
        return RESIDENT

    def _withdrawn(self) -> Withdrawn:
        at = self._generations.generation(TABLES)
        if at != self._known.at:
            with self._reading:
                if at != self._known.at:
                    epochs: dict[int, int] = dict(self._rows(EPOCHS, ()))
                    self._known = Withdrawn(at, epochs, frozenset(mark for (mark,) in self._rows(ENDED, ())))
        return self._known
