"""Variables that are none of ours and look like a slip of the pen: `PROT=8000` would pass in silence."""

from collections.abc import Iterable, Mapping

SHORTEST = 4  # of a name of ours; three letters resemble too much


def misspelt(environ: Mapping[str, str], ours: Iterable[str]) -> list[str]:
    """A sentence for each variable that is one slip away from a name of `ours` (a letter more, less, other, or two
    exchanged)."""
    names = [name for name in ours if len(name) >= SHORTEST]
    return [
        f"环境变量 {found} 不起作用,是否应为 {name}? / The variable {found} has no effect; is it {name}?"
        for found in sorted(set(environ) - set(names))
        for name in names
        if found.isupper() and slip(found, name)
    ]


def slip(one: str, other: str) -> bool:
    """Whether one slip makes one word of the other."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[start:], other[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
