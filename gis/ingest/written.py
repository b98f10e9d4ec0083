"""A mapping as the TOML text that `manage.py import --mapping` reads."""

from __future__ import annotations

import json
import re
from typing import Any

BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml(tables: dict[str, Any]) -> str:
    """Write plain values first, tables after them; only what a mapping has: texts, numbers, flags, lists, tables."""
    plain = [f"{key(name)} = {value(one)}" for name, one in tables.items() if not isinstance(one, dict)]
    parts = ["\n".join(plain)] if plain else []
    for name, table in tables.items():
        if isinstance(table, dict) and table:
            parts.append("\n".join([f"[{key(name)}]", *(f"{key(n)} = {value(v)}" for n, v in table.items())]))
    return "\n\n".join(parts) + "\n"


def key(name: str) -> str:
    """A name as TOML has it."""
    return name if BARE.fullmatch(name) else text(name)


def value(one: Any) -> str:
    """A value on one line."""
    if isinstance(one, dict):
        return "{ " + ", ".join(f"{key(name)} = {value(v)}" for name, v in one.items()) + " }"
    if isinstance(one, (list, tuple)):
        return "[" + ", ".join(map(value, one)) + "]"
    if isinstance(one, bool):
        return "true" if one else "false"
    return str(one) if isinstance(one, (int, float)) else text(str(one))


def text(words: str) -> str:
    """A basic string: JSON's escapes are TOML's, but for the delete sign."""
    return json.dumps(words, ensure_ascii=False).replace("\x7f", "\\u007F")


def storable(value: Any) -> Any:
    """Plain values without the sign that PostgreSQL takes in no text, and that a stranger's file may hold."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {storable(name): storable(one) for name, one in value.items()}
    return [storable(one) for one in value] if isinstance(value, list) else value
