"""What readers of tiles see while something happens: statuses, times, and whether it is the newest."""

import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

from isal import isal_zlib

FINE = (200, 204)


def fetch(address: str, timeout: float = 15, cookie: str = "") -> tuple[int, bytes]:
    """Status and plain body; 0 when nobody answers."""
    headers = {"Accept-Encoding": "gzip"} | ({"Cookie": cookie} if cookie else {})
    request = urllib.request.Request(address, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            body = answer.read()
            packed = answer.headers.get("Content-Encoding") == "gzip"
            return answer.status, isal_zlib.decompress(body, 31) if packed else body
    except urllib.error.HTTPError as error:
        with error:
            return error.code, b""
    except OSError:
        return 0, b""


def seconds_until(true: Callable[[], bool], patience_s: float = 60, step_s: float = 0.02) -> float:
    """How long it takes until something holds; infinite when it does not."""
    begun = time.monotonic()
    while time.monotonic() < begun + patience_s:
        if true():
            return time.monotonic() - begun
        time.sleep(step_s)
    return float("inf")


@dataclass
class Seen:
    """All answers to a few readers."""

    statuses: Counter[int] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    failed: dict[str, int] = field(default_factory=dict)

    @property
    def failures(self) -> int:
        """Answers that are no tile."""
        return sum(count for status, count in self.statuses.items() if status not in FINE)

    @property
    def worst_ms(self) -> float:
        """The slowest answer."""
        return 1000 * max(self.times, default=0)

    def __str__(self) -> str:
        told = ", ".join(f"{count} × {status or 'no answer'}" for status, count in sorted(self.statuses.items()))
        return f"{told}; slowest {self.worst_ms:.0f} ms"


@contextmanager
def reading(addresses: list[str], readers: int = 4, pause_s: float = 0.005, cookie: str = "") -> Iterator[Seen]:
    """A few readers who ask for the addresses in turn, meanwhile."""
    seen, ended, lock = Seen(), Event(), Lock()

    def read(shift: int) -> None:
        turn = shift
        while not ended.is_set():
            turn += 1
            begun = time.monotonic()
            address = addresses[turn % len(addresses)]
            status, _ = fetch(address, cookie=cookie)
            with lock:
                seen.statuses[status] += 1
                seen.times.append(time.monotonic() - begun)
                if status not in FINE:
                    seen.failed[address] = status
            time.sleep(pause_s)

    threads = [Thread(target=read, args=(7 * number,), daemon=True) for number in range(readers)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        ended.set()
        for thread in threads:
            thread.join(30)
