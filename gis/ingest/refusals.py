"""Why a row is refused: every reason in Chinese and English, and the CSV that lists the refused rows."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

REASONS = {
    "no_geometry": ("没有图形", "no geometry"),
    "empty_geometry": ("图形为空，或坐标不是数（NaN）", "the geometry is empty, or its coordinates are NaN"),
    "bad_geometry": ("图形无法读取（不是有效的 WKB/WKT）", "the geometry cannot be read (no valid WKB/WKT)"),
    "not_finite": ("坐标含 NaN 或无穷大", "a coordinate is NaN or infinite"),
    "out_of_range": (
        "坐标超出经纬度范围：可能是米，请用 --crs 指明坐标系",
        "outside the range of degrees: perhaps metres; name the CRS with --crs",
    ),
    "swapped": ("经纬度可能颠倒（纬度在前）", "longitude and latitude seem swapped"),
    "wrong_kind": ("图形种类不符", "the wrong kind of geometry"),
    "zero_length": (
        "线的长度为零（泵、阀门等应作为点）",
        "a line of no length (a pump or valve belongs to the points)",
    ),
    "not_mendable": (
        "图形自相交等错误，无法在不改变种类的前提下修复",
        "invalid, and not to be mended without another kind",
    ),
    "too_many_vertices": (
        "图形超过一百万个顶点，请简化或拆分",
        "more than a million vertices in one shape: simplify it, or split it",
    ),
    "too_deep": ("图形集合嵌套过深", "collections of shapes nested too deep"),
    "too_tangled": ("图形自相交过多，无法修复", "it crosses itself too often to be mended"),
    "row_length": ("列数与表头不同（行可能被截断）", "its number of columns is not the header's (cut off?)"),
    "required": ("缺少必填项", "a required value is missing"),
    "too_long": ("文字过长", "the text is too long"),
    "bad_number": ("不是数", "not a number"),
    "decimal_comma": ("小数点写成了逗号，请改为点", "a decimal comma: write a point"),
    "not_whole": ("不是整数", "not a whole number"),
    "number_range": ("数值超出范围", "the number is out of range"),
    "bad_date": ("不是日期", "not a date"),
    "bad_flag": ("不是“是/否”", "neither yes nor no"),
    "bad_hours": ("时段无法理解（例 每日06:00-22:00）", "hours not understood (such as Mo-Su 06:00-22:00)"),
    "bad_json": ("不是 JSON", "not JSON"),
    "scientific": ("编码被写成科学计数法，末位数字已丢失", "a code in scientific notation has lost its last digits"),
    "lost_zeros": ("编码丢了前导零", "the code lost its leading zeros"),
    "bad_code": ("编码不符合规则", "the code breaks its pattern"),
    "bad_choice": ("不在允许的取值之列", "not one of the allowed values"),
    "twice": ("与文件中前面的一行完全相同", "identical with an earlier row of the file"),
    "duplicate_id": ("来源编号在文件中重复", "the source id is repeated in the file"),
    "duplicate": ("与文件中前面的一行重复", "repeats an earlier row of the file"),
    "taken": ("已被其他来源的数据占用", "already taken by data of another source"),
    "unknown_ref": ("找不到所指的对象", "refers to something that is not there"),
    "ambiguous_ref": ("所指的对象不止一个", "refers to more than one thing"),
    "overlap": ("与另一网格重叠", "overlaps another grid"),
    "off_segment": ("起止超出路段长度", "the stretch leaves its segment"),
    "same_stretch": (
        "与文件中前面一行的路段、侧、起止、有效期重叠",
        "overlaps an earlier row of the file: segment, side, metres and days",
    ),
    "circle": ("上级部门绕成了圈", "the departments above it lead back to it"),
    "same_ends": ("起点与终点相同", "start and end are the same"),
    "both_filled": ("特征与附属物只能填一个", "either a feature or an appendage, not both"),
    "no_body": ("线状围栏必须有线宽", "a fence drawn as a line needs a width"),
    "ends_first": ("结束早于开始", "the end is before the beginning"),
    "order": ("终止早于或等于起始", "the end is not after the start"),
}

FORMULA = ("=", "+", "-", "@", "\t", "\r")
NUMBERS = re.compile(r"[-+]?[\d.]+(?:[ ,][-+]?[\d.]+)*")


def harmless(text: str) -> str:
    """The text of a stranger's file as a cell: a spreadsheet would run one that begins like a formula."""
    return f"'{text}" if text[:1] in FORMULA and not NUMBERS.fullmatch(text) else text


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing wrong with one row; `field` is the column it concerns, `value` what stood there."""

    row: int
    id: str
    field: str
    value: str
    reason: str
    more: tuple[str, str] = ("", "")
    """What is to be added to the reason, in Chinese and English."""

    @property
    def zh(self) -> str:
        """The reason in Chinese."""
        return REASONS[self.reason][0] + self.more[0]

    @property
    def en(self) -> str:
        """The reason in English."""
        return REASONS[self.reason][1] + self.more[1]


@dataclass(slots=True)
class Refusals:
    """The refused rows of a run: written as they come, remembered as counts and a few examples."""

    path: Path
    rows: set[int] = field(default_factory=set)
    reasons: Counter[str] = field(default_factory=Counter)
    examples: dict[str, Refusal] = field(default_factory=dict)
    _file: TextIO | None = None
    _writer: Any = None

    def add(self, refusals: Iterable[Refusal]) -> None:
        """Note some refusals; a row with several things wrong counts once."""
        for refusal in refusals:
            texts = (refusal.id, refusal.field, refusal.value)
            self._open().writerow([refusal.row, *map(harmless, texts), refusal.zh, refusal.en])
            if refusal.row not in self.rows:
                self.rows.add(refusal.row)
                self.reasons[refusal.reason] += 1
                self.examples.setdefault(refusal.reason, refusal)

    def _open(self) -> Any:
        if self._writer is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("w", encoding="utf-8-sig", newline="")  # the BOM lets Excel read Chinese
            self._writer = csv.writer(self._file)
            self._writer.writerow(["row", "id", "field", "value", "reason_zh", "reason_en"])
        return self._writer

    def begin_again(self) -> None:
        """Forget everything: the file is read once more."""
        self.close()
        self.rows, self.reasons, self.examples = set(), Counter(), {}
        self._file = self._writer = None

    def close(self) -> None:
        """Finish the CSV, if there is one."""
        if self._file is not None:
            self._file.close()
