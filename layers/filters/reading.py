"""A filter as it was sent, text or JSON, becomes the tree of CQL2 JSON; the parser is the library cql2."""

from __future__ import annotations

import json
import re
from typing import Any

import cql2

from layers.filters import guard
from layers.filters.refusing import refuse

LANGUAGES = ("cql2-text", "cql2-json")
DEEPEST = 32
MOST_NODES = 20_000
"""Values and coordinates of a tree."""
UNTAGGED = "did not match any variant"
"""What the library says of whatever it does not read; it means something to whoever wrote it."""
Tree = Any


def read(text: str, language: str) -> Tree:
    """Return the tree of a filter; ``Invalid`` says where it goes wrong and why."""
    tree = _from_text(text) if language == "cql2-text" else _from_json(text)
    measure(tree)
    return tree


def _from_text(text: str) -> Tree:
    guard.check(text)
    try:
        return cql2.parse_text(text).to_json()
    except (cql2.ParseError, RecursionError, Exception) as wrong:  # the library raises plain Exception for shapes
        said = str(wrong)
        found = re.search(r"--> (\d+:\d+)", said)
        expected = said.rpartition("expected ")[2].strip() if "expected " in said else _first_line(said)
        refuse(found[1] if found else "", f"不是 CQL2 文本：{expected}", f"no CQL2 text, expected {expected}")


def _from_json(text: str) -> Tree:
    if len(text) > guard.LONGEST:
        refuse("", f"不超过 {guard.LONGEST} 个字符", f"at most {guard.LONGEST} characters")
    tree: Tree = None
    try:
        tree = json.loads(text, parse_constant=_no_number)
        measure(tree)
        return cql2.parse_json(text).to_json()
    except json.JSONDecodeError as wrong:
        refuse(f"{wrong.lineno}:{wrong.colno}", f"不是 JSON：{wrong.msg}", f"no JSON: {wrong.msg}")
    except RecursionError:
        refuse("", "嵌套过深", "nested too deeply")
    except cql2.ParseError as wrong:
        said = "" if UNTAGGED in str(wrong) else _first_line(str(wrong))
        refuse(_unread(tree, "$"), f"不是 CQL2 JSON：{said or '看不懂'}", f"no CQL2 JSON: {said or 'not understood'}")
    except ValueError:  # Python reads no integer of thousands of digits
        refuse("", "数字过长", "a number has too many digits")


def _unread(node: Tree, where: str) -> str:
    """Where the innermost part is that the library does not read: it tells no place itself."""
    inside, within = (node.get("args"), f"{where}.args") if isinstance(node, dict) else (node, where)
    for at, part in enumerate(inside if isinstance(inside, list) else ()):
        try:
            cql2.parse_json(json.dumps(part))
        except cql2.ParseError:
            return _unread(part, f"{within}[{at}]")
    return where


def _no_number(name: str) -> Tree:
    refuse("", f"{name} 不是数字", f"{name} is no number")


def measure(tree: Tree) -> None:
    """Refuse a tree that is too deep or too large; without recursion."""
    left, seen = [(tree, 1)], 0
    while left:
        node, depth = left.pop()
        seen += 1
        if depth > 2 * DEEPEST:  # an operator and its arguments are two levels of JSON
            refuse("", f"嵌套超过 {DEEPEST} 层", f"nested more than {DEEPEST} deep")
        if seen > MOST_NODES:
            refuse("", f"超过 {MOST_NODES} 个值", f"more than {MOST_NODES} values")
        inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        left += [(part, depth + 1) for part in inner]


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:200]
