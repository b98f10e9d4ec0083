"""The short way for a new source into a table whose rows stand alone: a batch is added while the next is read.

All is still one transaction. What only the whole file can tell (ids that are missing or repeat) makes a detour: the
transaction is given up and the file taken again the long way, through checks on all that is staged.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import psycopg

from gis.ingest import merge
from gis.ingest.merge import Counts
from gis.ingest.refusals import Refusal
from gis.ingest.stage import Stage
from gis.ingest.subject import Subject


class Detour(Exception):
    """The file must go the long way."""


def alone(subject: Subject) -> bool:
    """Whether a row can be judged by itself: no code must be unique, no other row or table is asked or changed."""
    s = subject
    ties = (s.unique, s.patterns, s.refs, s.steps, s.late_checks, s.fold, s.split, s.shape_optional, s.versions)
    return not any(ties)


@dataclass(slots=True)
class Straight:
    """What was added so far, and refused by the subject's checks. `block`: the first page of the stage that the next
    batch may be on."""

    stage: Stage
    targets: list[merge.Target]
    added: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    block: int = 0

    def add(self, columns: list[Any]) -> None:
        """Check and add the batch that was just copied."""
        if not len(columns[0]):
            return
        first, last = columns[0][0].as_py(), columns[0][-1].as_py()
        batch = f"s.ctid >= '({self.block},0)'::tid AND s.row BETWEEN {first} AND {last}"
        for check in self.stage.subject.checks:
            found = self.stage.refuse(replace(check, where=f"({check.where}) AND {batch}"), batch)
            self.refusals += found
        try:
            self.added += merge.insert(self.stage, self.targets, f" WHERE {batch}")
        except psycopg.errors.UniqueViolation as error:
            if not str(error.diag.constraint_name).endswith("_source"):
                raise
            raise Detour from error
        size = "SELECT pg_relation_size('pg_temp.stage') / current_setting('block_size')::int"
        self.block = max(merge.number(self.stage, size) - 1, 0)

    @property
    def counts(self) -> Counts:
        """What came of it; nothing of a new source was there to be changed, or is absent."""
        return Counts(self.added, 0, 0, 0)
