"""A prepared statement and its answer in one call of libpq, several in one message, and what each session has prepared.

psycopg gives Python's lock away and takes it back for every piece of an answer that arrives; beside other threads that
takes longer than to find a page of features, or to cut a small tile. libpq's own call waits once, for all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg.abc import PQGen
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import DiagnosticField, ExecStatus, Format
from psycopg.waiting import Ready, Wait

Session = psycopg.Connection[Any]
Lines = list[tuple[Any, ...]]
Types = tuple[int, ...]
MOST = 100
"""Statements that a session keeps."""

_names: WeakKeyDictionary[Session, dict[tuple[bytes, Types], str]] = WeakKeyDictionary()
_numbers = count(1)


def rows(held: Session, sql: bytes, parameters: Sequence[Any]) -> Lines:
    """Return the rows of a statement with ``$n`` for its parameters, which may be whatever psycopg can write."""
    reading = Transformer(held)
    given: Any = reading.dump_sequence(parameters, [PyFormat.AUTO] * len(parameters))
    name = name_of(held, sql, reading.types or ()).encode()
    result = checked(held, held.pgconn.exec_prepared(name, given, reading.formats, Format.BINARY))
    return _lines(reading, result)


def texts(held: Session, sql: bytes, given: Sequence[bytes]) -> Lines:
    """Return the rows of a statement for parameters that are written out as PostgreSQL reads them."""
    result = checked(held, held.pgconn.exec_prepared(name_of(held, sql).encode(), given))
    return _lines(Transformer(held), result)


def together(held: Session, asked: Sequence[tuple[bytes, Sequence[Any]]]) -> list[Lines]:
    """Return the rows of several statements with ``$n`` for their parameters: all are sent before one is waited for."""
    reading = Transformer(held)
    sent = []
    for sql, parameters in asked:
        given: Any = reading.dump_sequence(parameters, [PyFormat.AUTO] * len(parameters))
        sent.append((name_of(held, sql, reading.types or ()).encode(), given, reading.formats))
    try:
        results = held.wait(_answers(held.pgconn, sent))
    except BaseException:  # nobody knows what is still to come on this line
        held.close()
        raise
    return [_lines(reading, checked(held, result)) for result in results]


Sent = tuple[bytes, Any, Any]


def _answers(line: Any, sent: Sequence[Sent]) -> PQGen[list[Any]]:
    """The result of each, whatever it is; behind one that is refused the others are not answered."""
    line.enter_pipeline_mode()
    for name, given, formats in sent:
        line.send_query_prepared(name, given, formats)
    line.pipeline_sync()
    while line.flush():
        if (yield Wait.RW) & Ready.R:
            line.consume_input()
    results = []
    for _ in sent:
        results.append((yield from _result(line)))
        yield from _result(line)  # nothing, which ends it
    yield from _result(line)  # of the whole
    line.exit_pipeline_mode()
    return results


def _result(line: Any) -> PQGen[Any]:
    while line.is_busy():
        yield Wait.R
        line.consume_input()
    return line.get_result()


def name_of(held: Session, sql: bytes, types: Types = ()) -> str:
    """What the session calls a statement; when there are too many, the one that was not asked for longest is let go."""
    known = _names.setdefault(held, {})
    name = known.pop((sql, types), None)
    if name is None:
        while len(known) >= MOST:
            checked(held, held.pgconn.exec_(f"DEALLOCATE {known.pop(next(iter(known)))}".encode()))
        name = f"question_{next(_numbers)}"
        checked(held, held.pgconn.prepare(name.encode(), sql, types))
    known[sql, types] = name
    return name


def forget(held: Session) -> None:
    """Take it that the session has nothing prepared any more."""
    _names.pop(held, None)


def checked(held: Session, result: Any) -> Any:
    """A result, unless it is a refusal: that is raised as psycopg would."""
    if held.closed:
        raise psycopg.OperationalError("the connection is lost")
    if result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        return result
    # Without a code they are libpq's own words: the server is gone, though the connection may not be called bad yet.
    if result.error_field(DiagnosticField.SQLSTATE) is None:
        raise psycopg.OperationalError(result.error_message.decode(errors="replace").strip())
    raise error_from_result(result)


def _lines(reading: Any, result: Any) -> Lines:
    reading.set_pgresult(result)
    found: Lines = reading.load_rows(0, result.ntuples, tuple)
    return found
