"""Who asks, by the signed cookie, unless it was withdrawn: that is told as news and kept in memory."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from threading import Lock

from layers.models import Ended, Epoch
from layers.scope import COOKIE, STRANGER, Audience, Bearer, Pass, read
from tiles.generations import Generations, Known, Read
from tiles.pool import Busy

TABLES = (Epoch._meta.db_table, Ended._meta.db_table)
WITHDRAWN = b"""SELECT (SELECT coalesce(max(seq), 0)::bigint FROM spatial_news),
  ARRAY(SELECT account FROM layers_epoch ORDER BY account), ARRAY(SELECT number FROM layers_epoch ORDER BY account),
  ARRAY(SELECT sitting FROM layers_ended)"""


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
        return self.proof(cookies).audience

    def proof(self, cookies: str) -> Pass:
        """What a Cookie header proves, likewise."""
        return self.proven(shown(cookies))

    def proven(self, token: str) -> Pass:
        """What a token proves, likewise; no token proves a stranger."""
        if not token:
            return STRANGER
        proof = read(token)
        if proof.bearer.account and not self._withdrawn().lets(proof.bearer):
            return STRANGER
        return proof

    def certain(self, token: str, known: Known) -> Pass | None:
        """What a token proves as of what is known of the news; nothing where that must be read first. Never waits."""
        proof = read(token) if token else STRANGER
        if not proof.bearer.account:
            return proof
        withdrawn = self._known
        if known.generation(TABLES) != withdrawn.at:
            return None
        return proof if withdrawn.lets(proof.bearer) else STRANGER

    def _withdrawn(self) -> Withdrawn:
        at = self._generations.generation(TABLES)
        if at != self._known.at:
            with self._reading:
                if at != self._known.at:
                    least = self._generations.now().seq
                    [(seq, accounts, numbers, ended)] = self._rows(WITHDRAWN, ())
                    if seq < least:  # of another replica, which has not heard of it yet
                        raise Busy
                    self._known = Withdrawn(at, dict(zip(accounts, numbers, strict=True)), frozenset(ended))
        return self._known


def shown(cookies: str) -> str:
    """The token that a Cookie header shows, whatever else is in it; empty for none."""
    if COOKIE in cookies:
        for pair in cookies.split(";"):
            name, _, value = pair.partition("=")
            if name.strip() == COOKIE:
                return value.strip().strip('"')
    return ""
