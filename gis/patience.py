"""How long a question may take: PostgreSQL ends what takes longer, whether or not anybody still waits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from gis.errors import Invalid

QUESTION_MS = 8_000
UNHURRIED = "SET LOCAL statement_timeout = 0; SET LOCAL plan_cache_mode = auto"
"""For work on many rows, in its transaction: it takes its time, and what triggers do for it is planned for what
they find, not as the short questions of the same session are (``gis.prepared``)."""
TOO_LONG = "查询用时过长，请缩小范围或简化条件 / this takes too long; narrow it or make it simpler"


@contextmanager
def patient(most_ms: int = QUESTION_MS) -> Iterator[Callable[[], None]]:
    """A transaction that ends after so many milliseconds with ``Invalid``, which tells the asker to ask for less.

    What it yields is called before a further part: each statement has the time that is left then.
    """
    until = monotonic() + most_ms / 1000

    def further() -> None:
        left_ms = int((until - monotonic()) * 1000)
        if left_ms <= 0:
            raise Invalid(TOO_LONG)
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {left_ms}")

    try:
        with transaction.atomic():
            further()
            yield further
    except OperationalError as wrong:
        if not isinstance(wrong.__cause__, QueryCanceled):
            raise
        raise Invalid(TOO_LONG) from None
