# ruff: noqa: N999 (the command is called "import")
"""`manage.py import <subject> <file…>`: a city's own files into the model, and a plain account of what happened."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from gis.errors import ChengtuError, Invalid
from gis.ingest import subjects
from gis.ingest.load import Order, Outcome, load
from gis.ingest.mapping import Plan
from gis.ingest.refusals import Refusals


class Command(BaseCommand):
    """Imports files one by one; a file refused whole leaves the others alone and makes the exit code 1."""

    help = "导入一个城市自己的数据文件。 Import a city's own data files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options, as docs/data.md describes them."""
        parser.add_argument("subject", help=" ".join(subjects.SUBJECTS))
        parser.add_argument("files", nargs="+", type=Path, help="GeoJSON GPKG SHP CSV OSM PBF INP, .gz .zip")
        parser.add_argument("--mapping", type=Path, help="映射文件 a mapping in TOML")
        parser.add_argument("--crs", help="坐标系 EPSG:4549 | gcj02 | bd09 | 配置的地方坐标系 a configured local grid")
        parser.add_argument("--source", help="数据来源（缺省为文件名） name of the source, by default the file's")
        parser.add_argument("--layer", help="多图层文件中的图层 the layer of a file that has several")
        parser.add_argument("--set", action="append", default=[], metavar="列=值", help="常数列 a constant column")
        parser.add_argument("--dry-run", action="store_true", help="只检查，不写入 check everything, write nothing")
        parser.add_argument("--refused", type=Path, help="拒绝清单 CSV，缺省在 $VAR/imports/ where refused rows go")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import every file; CommandError at the end if one was refused whole."""
        try:
            subject, plan = subjects.get(options["subject"]), Plan.read(options["mapping"])
            constants = dict(pair(text) for text in options["set"])
        except ChengtuError as error:
            raise CommandError(str(error)) from error
        failed = []
        for path in options["files"]:
            order = Order(
                path, subject, plan, options["crs"], options["source"], options["layer"], constants, options["dry_run"]
            )
            try:
                self.one(order, options["refused"] or report_path(order))
            except ChengtuError as error:
                if len(options["files"]) == 1:
                    raise CommandError(f"✗ {error}") from error
                failed.append(str(path.name))
                self.stderr.write(self.style.ERROR(f"✗ {error}"))
        if failed:
            raise CommandError(f"未导入：{'、'.join(failed)}。 Not imported: {', '.join(failed)}.")

    def one(self, order: Order, refused: Path) -> None:
        """Import one file and give the account of it; Invalid when not one row was taken."""
        refusals = Refusals(refused)
        with Progress(order.path.name, self.stdout) as progress:
            done = load(order, refusals, progress)
        self.stdout.write("\n".join(account(done, refusals, order.dry_run)))
        for warning in strangers(done):
            self.stderr.write(self.style.WARNING(warning))
        if done.fruitless:
            raise Invalid(
                f"{done.file}：全部 {done.refused} 行被拒绝，没有写入任何行，原因见 {refused}。 "
                f"All {done.refused} rows of {done.file} were refused and nothing was written; that file says why."
            )
        if done.refused:
            said = f"! {done.refused} 行被拒绝，原因见 {refused}。 {done.refused} rows were refused; see that file."
            self.stderr.write(self.style.WARNING(said))


class Progress:
    """A bar on a terminal, a line now and then elsewhere."""

    STEP = 100_000

    def __init__(self, name: str, out: Any) -> None:
        self.name, self.out = name, out
        self.bar: Any = None
        self.told = 0

    def __enter__(self) -> Progress:
        return self

    def __call__(self, done: Outcome, rows: int | None) -> None:
        if sys.stderr.isatty():
            self.bar = self.bar or tqdm(total=rows, unit="行", desc=self.name, leave=False)
            self.bar.update(done.rows - self.bar.n)
        elif done.rows - self.told >= self.STEP:
            self.told = done.rows
            self.out.write(f"{self.name}: {done.rows:,} / {rows or '?'}")

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()


def pair(text: str) -> tuple[str, str]:
    """One `--set column=value`."""
    name, equals, value = text.partition("=")
    if not equals:
        raise CommandError(f"--set {text}：应写作 列=值。 --set {text}: write column=value.")
    return name.strip(), value.strip()


def report_path(order: Order) -> Path:
    """Where the refused rows of this run are listed."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    return Path(settings.VAR) / "imports" / f"{stamp}-{order.subject.id}-{order.path.name}.csv"


def account(done: Outcome, refusals: Refusals, dry_run: bool) -> list[str]:
    """The account of an import, Chinese first."""
    lines = [f"{done.file} → {done.subject}  来源 source: {done.source}  坐标系 CRS: {done.crs or '—'}"]
    lines += [f"  {note}" for note in done.notes]
    if done.mapping is not None:
        places = [f"坐标 geometry ← {'、'.join(done.places)}"] if done.places else []
        rules = "，".join(places + [f"{name} ← {rule}" for name, rule in done.mapping.rules.items()])
        lines.append(f"  字段 fields: {rules}")
        lines.append(f"  编号 source id: {id_sentence(done)}")
    if done.unused:
        lines.append(f"  未用 unused: {'、'.join(done.unused)}")
    lines += [f"  {sentence}" for sentence in remarks(done)]
    title = "试运行，未写入 DRY RUN, nothing written" if dry_run else "完成 done"
    title = "✗ 未导入 not imported" if done.fruitless else title
    lines.append(
        f"  {title}: {done.rows} 行 rows = 新增 added {done.added}，变更 changed {done.changed}，"
        f"未变 unchanged {done.unchanged}，拒绝 refused {done.refused}，略过 skipped {done.skipped}，"
        f"合并 folded {done.folded}；{done.seconds:.1f} s"
    )
    for reason, number in done.reasons.most_common():
        example = refusals.examples[reason]
        where = f"例 e.g. 第 {example.row} 行 row，{example.field} {example.value}"
        lines.append(f"    {number} × {example.zh} {example.en}（{where}）")
    return lines


def id_sentence(done: Outcome) -> str:
    """Where the source ids came from."""
    names = "/".join(done.mapping.id) if done.mapping else ""
    if done.ids == "kept":
        return names
    if done.ids == "repeated":
        return f"{names}（有重复，重复者附内容指纹 repeated ones carry a hash of their content）"
    return f"内容指纹 a hash of the content（{names or '无编号字段 no id field'}）"


def remarks(done: Outcome) -> list[str]:
    """What the operator should know besides the counts."""
    said = {
        "repaired": "个无效图形已修复 invalid shapes were mended",
        "curves": "个曲线图形已化为折线 curves became lines",
        "parts": "个路段由多段线拆出 further rows from lines of several parts",
        "outside": "个图形在城市（或中国）范围之外，请核对坐标系 shapes lie outside the city (or China): check the CRS",
        "absent": "行同一来源的数据文件中已没有，予以保留 rows of this source are gone from the file, and stay",
    }
    lines = [f"{getattr(done, name)} {sentence}" for name, sentence in said.items() if getattr(done, name) > 0]
    for name, found in done.strange.items():
        if name in done.mostly_strange:
            continue
        listed = "、".join(f"{value} ({count})" for value, count in found.most_common(10))
        lines.append(f"{name} 有 {len(found)} 种值不在代码表中，原样保留 values on no code list, kept: {listed}")
    return lines


def strangers(done: Outcome) -> list[str]:
    """A warning a column most of whose values are on no code list: perhaps it is another field."""
    said = []
    for name in done.mostly_strange:
        found, words = done.strange[name], done.allowed[name]
        listed = "、".join(f"{value} ({count})" for value, count in found.most_common(10))
        said.append(
            f"! {name} 的多数值（{found.total()} / {done.filled[name]}）不在代码表中，地图上无法按类别显示：{listed}。"
            f"代码表有：{words}；请核对字段，或在映射文件 [values.{name}] 中对应。 "
            f"Most values of {name} are on no code list: check the field, or add [values.{name}] to a mapping."
        )
    return said
