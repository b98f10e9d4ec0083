"""What a cell and the importer say to each other: length-prefixed frames of JSON and Arrow, never of pickles.

A cell may have been taken over by the file it reads; nothing it says may run here.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import IO, Any

import pyarrow as pa

from gis.ingest.readers.source import Batch, Fields

HEAD = struct.Struct(">cQ")
LARGEST = 1 << 29
"""Bytes of a frame that the importer will take into its memory."""
ROOMY = 1 << 26
"""Bytes of a batch beyond which it is sent in parts."""
SHAPE = "\0wkb"


def say(pipe: IO[bytes], kind: bytes, *parts: bytes) -> None:
    """Write one frame."""
    pipe.write(HEAD.pack(kind, sum(map(len, parts))))
    for part in parts:
        pipe.write(part)
    pipe.flush()


def hear(pipe: IO[bytes]) -> tuple[bytes, bytes]:
    """Read one frame; EOFError when the other side is gone or says what cannot be true."""
    head = pipe.read(HEAD.size)
    if len(head) < HEAD.size:
        raise EOFError
    kind, length = HEAD.unpack(head)
    if length > LARGEST:
        raise EOFError("a frame too large")
    body = pipe.read(length)
    if len(body) < length:
        raise EOFError
    return kind, body


def words(value: Any) -> bytes:
    """Plain values as JSON."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def packed(batch: Batch, notes: list[str]) -> Iterator[tuple[bytes, bytes, bytes]]:
    """A batch as the parts of one frame, or of several frames where it is large; `notes` go with the first."""
    arrays = [one if isinstance(one, pa.Array) else pa.array(one) for one in batch.columns.values()]
    shapes = batch.wkb if isinstance(batch.wkb, pa.Array) else pa.array(batch.wkb, pa.large_binary())
    record = pa.RecordBatch.from_arrays([*arrays, shapes], [*batch.columns, SHAPE])
    size = len(batch)
    while size > 1 and record.nbytes * size > ROOMY * len(batch):
        size = (size + 1) // 2
    for first in range(0, len(batch), size):
        broken = [(at - first, *why) for at, why in batch.broken.items() if first <= at < first + size]
        rows = batch.rows and batch.rows[first : first + size]
        head = words({"row": batch.first_row + first, "rows": rows, "broken": broken, "notes": notes})
        notes = []
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, record.schema) as stream:
            stream.write_batch(record.slice(first, size))
        yield struct.pack(">I", len(head)), head, sink.getvalue().to_pybytes()


def unpacked(body: bytes, notes: list[str]) -> Batch:
    """The batch of a frame; what the reader noted meanwhile joins `notes`."""
    (length,) = struct.unpack_from(">I", body)
    head = json.loads(body[4 : 4 + length])
    notes += [str(note) for note in head["notes"]]
    with pa.ipc.open_stream(pa.py_buffer(memoryview(body)[4 + length :])) as stream:
        record = stream.read_next_batch()
    try:
        record.validate(full=True)
    except pa.ArrowInvalid as error:
        raise EOFError("arrays that cannot be true") from error
    rows = None if head["rows"] is None else [int(row) for row in head["rows"]]
    if rows is not None and len(rows) != record.num_rows:
        raise EOFError("rows that cannot be true")
    columns = Fields({name: record.column(name) for name in record.schema.names if name != SHAPE})
    broken = {int(at): (str(name), str(why), str(value)) for at, name, why, value in head["broken"]}
    return Batch(int(head["row"]), columns, record.column(SHAPE).to_pylist(), broken, record.column(SHAPE), rows)
