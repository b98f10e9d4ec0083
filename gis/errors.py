"""What can go wrong for a reason the user can act on; anything else is a bug and shows itself."""


class ChengtuError(Exception):
    """Root of the tree below; the message is for people."""


class NotFound(ChengtuError):
    """There is no such thing, or the asker may not know that there is."""


class Invalid(ChengtuError):
    """The input is wrong; the message names what and where."""


class NotAllowed(ChengtuError):
    """The thing may be known, the act is not permitted."""


class Conflict(ChengtuError):
    """The act contradicts what is already there."""


class TooMany(ChengtuError):
    """The act was tried too often; it may succeed later."""


class NoRoom(ChengtuError):
    """The disk is full; nothing is wrong with what was asked."""


class Busy(ChengtuError):
    """Too much of the kind is under way for anyone; it may succeed in a moment."""
