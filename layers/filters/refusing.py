"""How a filter is refused: where, and why, in a sentence that says nothing of what the asker may not see."""

from typing import NoReturn

from gis.errors import Invalid


def refuse(where: str, reason: str, reason_en: str) -> NoReturn:
    """Raise ``Invalid``; ``where`` is a line and column of a text, or the path to a part of a tree."""
    at, at_en = (f"（{where} 处）", f" at {where}") if where else ("", "")
    raise Invalid(f"参数 filter{at}：{reason} / parameter filter{at_en}: {reason_en}")
