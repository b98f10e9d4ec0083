"""What can go wrong for a reason the user can act on; anything else is a bug and shows itself."""

from __future__ import annotations


class ChengtuError(Exception):
    """Root of the tree below; the message is for people."""


class NotFound(ChengtuError):
    """There is no such thing, or the asker may not know that there is."""


class Invalid(ChengtuError):
    """The input is wrong; the message names what and where."""


class Unfit(Invalid):
    """The input can be read, but what it says cannot be; the message names the property."""


class TooLarge(Invalid):
    """The input has more bytes than anybody needs."""


class UnknownForm(Invalid):
    """The input is in a form that is not taken here."""


class Unconditional(Invalid):
    """The act has to say which state of the thing it is about."""


class Unproven(ChengtuError):
    """What was shown as a proof of who asks proves nothing."""


class NotAllowed(ChengtuError):
    """The thing may be known, the act is not permitted."""


class Conflict(ChengtuError):
    """The act contradicts what is already there."""


class Stale(Conflict):
    """The thing has changed since the state that the act is about."""


class TooMany(ChengtuError):
    """The act was tried too often; it may succeed later."""


class NoRoom(ChengtuError):
    """The disk is full; nothing is wrong with what was asked."""


class Busy(ChengtuError):
    """Too much of the kind is under way for anyone; it may succeed in a moment."""


def sentence(wrong: Exception) -> str:
    """Return what the database said when it refused, without the statement and its context."""
    diagnosis = getattr(wrong.__cause__, "diag", None)
    return str(getattr(diagnosis, "message_primary", None) or "数据库拒绝保存 (refused by the database)")
