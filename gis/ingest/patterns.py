"""Codes against the city's patterns; a code that fits once zeros are put before it has lost them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from gis.codes import restore_zeros
from gis.errors import Invalid
from gis.ingest.keeping import quoted
from gis.ingest.refusals import Refusal
from gis.ingest.stage import Stage
from gis.ingest.subject import Check


def unfitting(stage: Stage) -> Iterator[Refusal]:
    """Refuse codes that are not of the form the city gives them."""
    for scheme, name in stage.subject.patterns:
        if name not in stage.columns:
            continue
        stage.cursor.execute("SELECT pattern FROM spatial_codepattern WHERE scheme = %s", [scheme])
        found = stage.cursor.fetchone()
        if found is None:
            continue
        value = f"s.{quoted(name)}"
        rule = "'^(?:" + found[0].replace("'", "''").replace("%", "%%") + ")$'"
        broken = f"{value} IS NOT NULL AND {value} !~ {rule}"
        padded = " OR ".join(f"repeat('0', {zeros}) || {value} ~ {rule}" for zeros in (1, 2, 3, 4))
        for refusal in stage.refuse(Check("lost_zeros", name, f"{broken} AND ({padded})", value)):
            yield replace(refusal, more=offer(refusal.value, found[0]))
        digits = f"{value} ~ '^[0-9]+$' AND EXISTS (SELECT FROM generate_series(1, 9) d, generate_series(1, 4) n"
        short = f"{broken} AND {digits} WHERE repeat(d::text, n) || {value} ~ {rule})"
        zh, en = f"（规则 {found[0]}", f" ({found[0]}"
        for refusal in stage.refuse(Check("bad_code", name, short, value)):
            yield replace(refusal, more=(f"{zh}；位数不足，可能丢失前导零）", f"{en}; too short: zeros lost?)"))
        for refusal in stage.refuse(Check("bad_code", name, broken, value)):
            yield replace(refusal, more=(f"{zh}）", f"{en})"))


def offer(code: str, pattern: str) -> tuple[str, str]:
    """What a code would be with its zeros back, to be added to the refusal in both languages; it is not put right
    unasked, for another digit may have been lost as well."""
    for width in range(len(code) + 1, len(code) + 5):
        with suppress(Invalid):
            whole = restore_zeros([code], [width]).text
            if re.fullmatch(pattern, whole):
                return (
                    f"（补零后为 {whole}；请把该列设为文本后重新导出）",
                    f" ({whole} with them; export the column as text)",
                )
    return "", ""
