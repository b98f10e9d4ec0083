"""An application whose loop stands still until it is told to go on; what it knows at once it says at once."""

from threading import Event
from typing import Any

TEXT = [("Content-Type", "text/plain")]


class Asleep:
    """Its loop answers nothing before ``/go`` was asked for."""

    def __init__(self) -> None:
        self.begun, self.go = Event(), Event()

    def at_once(self, scope: Any, protocol: Any) -> bool:
        """Answer ``/go``, and ``/begun`` once the loop stands still; fail at ``/broken``."""
        if scope.path == "/broken":
            raise LookupError(scope.path)
        if scope.path == "/go":
            self.go.set()
        elif scope.path != "/begun":
            return False
        protocol.response_bytes(200, TEXT, b"now" if self.begun.is_set() else b"not yet")
        return True

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Stand still, then answer."""
        if scope.path == "/slow":
            self.begun.set()
            self.go.wait(30)
        protocol.response_bytes(200, TEXT, b"from the loop")


application = Asleep()
