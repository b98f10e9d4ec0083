"""Guessing a password takes time: after a few failures in a row a name has to wait, wherever it is typed."""

import logging
from threading import Lock
from typing import Any

from cachetools import TTLCache
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.http import HttpRequest

from gis.errors import TooMany

MOST = 10
WAIT_S = 300
LONGEST = 150  # of a name, as in Django's own table

# In memory and by name alone: there is one process, and behind a proxy every address is the proxy's. Somebody who
# fails on purpose under another's name keeps that person out; the proxy limits that by address.
_failures: TTLCache[str, int] = TTLCache(maxsize=10_000, ttl=WAIT_S)
_lock = Lock()
log = logging.getLogger(__name__)


class PatientBackend(ModelBackend):
    """Django's own check of name and password; ``TooMany`` when the name has failed ``MOST`` times of late."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """Return the user whose password it is, None when it is not."""
        name = (username or "").casefold()[:LONGEST]
        _count(name)  # before the check, which is slow: many at once must not all pass
        user = super().authenticate(request, username, password, **kwargs)
        if user is not None:
            with _lock:
                _failures.pop(name, None)
        return user


def _count(name: str) -> None:
    with _lock:
        failed = _failures.get(name, 0)
        if failed >= MOST:
            log.warning("sign-in as %r has to wait", name)
            raise TooMany("失败次数过多,请五分钟后再试 / Too many failed attempts; try again in five minutes")
        _failures[name] = failed + 1
