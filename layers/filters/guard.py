"""What is refused before the parser sees it: cql2 0.6 reads what is in brackets twice a level, on our stack.

Sixteen brackets that never close keep it busy for half a second, three thousand operators in a row end the process
(decision 0060). So texts are cut into lexemes here as its grammar cuts them, and what each costs is added up first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from layers.filters.refusing import refuse

LONGEST = 32_768
DEEPEST = 24
DEAREST = 20_000
"""Sum over lexemes of 2 ** (brackets around it that are read twice); worth some 50 ms."""
MOST_OPERATORS = 200

_SHAPE = r"(?:MULTI)?(?:POINT|LINESTRING|POLYGON)\s*Z?\s*\((?:[\d\s.,eE+-]|\((?:[\d\s.,eE+-]|\([\d\s.,eE+-]*\))*\))*\)"
_LEXEME = re.compile(
    rf"(?P<text>'(?:[^']|'')*')|(?P<name>\"[^\"]*\")|(?P<shape>\b{_SHAPE})|(?P<number>\d[\d.]*(?:[eE][+-]?\d+)?)"
    r"|(?P<word>[^\W\d][\w.:]*)|(?P<open>\()|(?P<close>\))|(?P<sign><=|>=|<>|[-+*/^%=<>])|(?P<rest>[\s,.])",
    re.IGNORECASE,
)
_OPERATORS = frozenset({"and", "or", "not", "like", "in", "between", "is", "div"})


def lexemes(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield (kind, lexeme, position); refuse the first sign that begins none."""
    at = 0
    while at < len(text):
        found = _LEXEME.match(text, at)
        if found is None:
            refuse(_place(text, at), f"看不懂“{text[at]}”", f"{text[at]!r} begins nothing that CQL2 knows")
        if found.lastgroup != "rest":
            yield str(found.lastgroup), found.group().lower(), at
        at = found.end()


@dataclass
class Brackets:
    """The open brackets, and for each whether what it holds is read twice: it is no list of arguments."""

    twice: list[bool] = field(default_factory=list)
    before: str = ""

    def meet(self, kind: str, lexeme: str) -> bool:
        """Open or close; False for a bracket that closes none."""
        if kind == "close" and not self.twice:
            return False
        if kind == "open":
            self.twice.append(self.before in ("", *_OPERATORS))
        elif kind == "close":
            self.twice.pop()
        self.before = lexeme if kind == "word" else ""
        return True


def check(text: str) -> None:
    """Refuse a text that is too long, too deep, too dear to read, or whose brackets do not match."""
    if len(text) > LONGEST:
        refuse("", f"不超过 {LONGEST} 个字符", f"at most {LONGEST} characters")
    brackets, cost, operators = Brackets(), 0, 0
    for kind, lexeme, at in lexemes(text):
        cost += (1 + len(lexeme) // 8) << sum(brackets.twice)
        operators += kind == "sign" or lexeme in _OPERATORS
        if not brackets.meet(kind, lexeme):
            refuse(_place(text, at), "多出一个右括号", "a bracket that closes none")
        if len(brackets.twice) > DEEPEST or cost > DEAREST:
            refuse(_place(text, at), f"括号嵌套过深（至多 {DEEPEST} 层）", "brackets are nested too deeply")
        if operators > MOST_OPERATORS:
            refuse(_place(text, at), f"运算符超过 {MOST_OPERATORS} 个", f"more than {MOST_OPERATORS} operators")
    if brackets.twice:
        left = len(brackets.twice)
        refuse(_place(text, len(text)), f"少了 {left} 个右括号", f"{left} brackets are not closed")


def _place(text: str, at: int) -> str:
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    return f"{line}:{column}"
