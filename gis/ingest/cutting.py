"""A part of a value, cut out by a regular expression that whoever wrote the mapping chose.

Python's own engine can be made to search for years, and the import with it; Arrow has RE2, which reads a text once.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from gis.errors import Invalid

LONGEST = 500
FIRST, WHOLE = r"(?s)^.*?(?:{})(?s:.*)$", r"(?s)^.*?({})(?s:.*)$"


def cut_out(values: list[Any], match: str) -> list[Any]:
    """What a regular expression (its first group, if it has one) finds in each value; None where it finds nothing."""
    texts = pa.array([None if value is None else str(value) for value in values], pa.string())
    found = pc.if_else(pc.match_substring_regex(texts, match), texts, pa.scalar(None, pa.string()))
    return [part or None for part in _parts(found, match).to_pylist()]


def checked(match: Any, name: str, file: str) -> str:
    """The expression; Invalid with the reason and the column it is for when it is none."""
    if not isinstance(match, str) or len(match) > LONGEST:
        raise Invalid(
            f"{file}：{name} 的 match 应为不超过 {LONGEST} 字的正则表达式。"
            f" {file}: match of {name} is a regular expression of at most {LONGEST} characters."
        )
    try:
        cut_out([""], match)
    except pa.ArrowInvalid as error:
        reason = str(error).removeprefix("Invalid regular expression: ")
        raise Invalid(
            f"{file}：{name} 的 match 不是正则表达式（不能前后查找，也不能反向引用）：{reason}。"
            f" {file}: match of {name} is no regular expression (none that looks ahead, behind or back): {reason}."
        ) from error
    return match


def _parts(texts: pa.StringArray, match: str) -> pa.StringArray:
    try:
        return pc.replace_substring_regex(texts, FIRST.format(match), r"\1")
    except pa.ArrowInvalid:  # it has no group
        return pc.replace_substring_regex(texts, WHOLE.format(match), r"\1")
