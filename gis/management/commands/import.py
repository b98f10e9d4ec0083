# ruff: noqa: N999 (the command is called "import")
"""`manage.py import`: a city's own files into the model, one by one or by a recipe, and a plain account of it."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from gis.errors import ChengtuError, Invalid
from gis.ingest import images, subjects
from gis.ingest.account import account, strangers
from gis.ingest.load import load
from gis.ingest.mapping import Plan
from gis.ingest.order import Order, Outcome
from gis.ingest.readers import RASTERS, READERS
from gis.ingest.readers.plain import PACKED
from gis.ingest.recipe import IMAGES, Recipe, Step, proposed
from gis.ingest.refusals import Refusals
from gis.ingest.survey import survey
from gis.locate import index


class Command(BaseCommand):
    """Imports files one by one; a file refused whole leaves the others alone and makes the exit code 1."""

    help = "导入一个城市自己的数据文件。 Import a city's own data files."
    registers = False
    """Whether addresses were imported: their registers are compared once, after the last file."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options, as docs/data.md describes them."""
        parser.add_argument("subject", nargs="?", help=" ".join((*subjects.SUBJECTS, IMAGES)))
        parser.add_argument("files", nargs="*", type=Path, help=" ".join((*READERS, *RASTERS, *PACKED)))
        parser.add_argument(
            "--look", action="store_true", help="只看文件或文件夹里有什么，写出配方 see what is there, as a recipe"
        )
        parser.add_argument("--recipe", type=Path, help="按配方导入整座城市 import a city by a recipe (TOML)")
        parser.add_argument("--root", type=Path, help="配方中文件所在的文件夹 the folder of a recipe's files")
        parser.add_argument("--mapping", type=Path, help="映射文件 a mapping in TOML")
        parser.add_argument("--crs", help="坐标系 EPSG:4549 | gcj02 | bd09 | 配置的地方坐标系 a configured local grid")
        parser.add_argument("--source", help="数据来源（缺省为文件名） name of the source, by default the file's")
        parser.add_argument("--layer", help="多图层文件中的图层 the layer of a file that has several")
        parser.add_argument("--set", action="append", default=[], metavar="列=值", help="常数列 a constant column")
        parser.add_argument("--dry-run", action="store_true", help="只检查，不写入 check everything, write nothing")
        parser.add_argument("--refused", type=Path, help="拒绝清单 CSV，缺省在 $VAR/imports/ where refused rows go")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, or import every file; CommandError at the end if one was refused whole."""
        try:
            if options["look"]:
                self.look([Path(one) for one in (options["subject"], *options["files"]) if one])
            elif options["recipe"]:
                self.cook(Recipe.read(options["recipe"], options["root"]), options["dry_run"])
            else:
                self.each(options)
        except ChengtuError as error:
            raise CommandError(f"✗ {error}") from error
        finally:
            if self.registers:
                call_command("merge_addresses", stdout=self.stdout)
        if not options["look"]:
            self.left()

    def look(self, paths: list[Path]) -> None:
        """Write what lies in files and folders as a recipe, to be read, mended and used."""
        for path in paths:
            if not path.exists():
                raise Invalid(f"没有 {path}。 There is no {path}.")
            self.stdout.write(proposed(survey(path), path if path.is_dir() else path.parent))

    def cook(self, recipe: Recipe, dry_run: bool) -> None:
        """Import the files of a recipe in order; one that is refused whole ends it, for later ones build on it."""
        for step, path in recipe.work():
            self.stdout.write(self.style.MIGRATE_HEADING(f"{recipe.title}: {path.name} → {step.subject}"))
            self.take(step, path, dry_run)

    def left(self) -> None:
        """Say what search does not know yet."""
        if rows := index.due():
            self.stdout.write(
                f"有 {rows} 行尚未编入地名检索：manage.py index_places"
                f" / {rows} rows are not in the search for places yet: manage.py index_places"
            )

    def each(self, options: dict[str, Any]) -> None:
        """Import the files named on the command line; one that is refused leaves the others alone."""
        if not options["subject"] or not options["files"]:
            raise Invalid(
                "请写明主题和文件：import <主题> <文件…>。 Name a subject and files: import <subject> <file…>."
            )
        constants = dict(pair(text) for text in options["set"])
        if options["subject"] != IMAGES:
            subjects.get(options["subject"])
        plan = Plan.read(options["mapping"])
        failed = []
        for path in options["files"]:
            step = Step(
                path.name, options["subject"], plan, options["layer"], options["crs"], options["source"], constants
            )
            try:
                self.take(step, path, options["dry_run"], options["refused"])
            except ChengtuError as error:
                if len(options["files"]) == 1:
                    raise
                failed.append(str(path.name))
                self.stderr.write(self.style.ERROR(f"✗ {error}"))
        if failed:
            raise CommandError(f"未导入：{'、'.join(failed)}。 Not imported: {', '.join(failed)}.")

    def take(self, step: Step, path: Path, dry_run: bool, refused: Path | None = None) -> None:
        """Import or register one file."""
        if step.subject != IMAGES:
            order = step.order(path, dry_run)
            self.one(order, refused or report_path(order))
            return
        done = images.register(path, step.source or step.plan.source, step.crs or step.plan.crs, dry_run)
        raster = done.raster
        self.stdout.write(
            f"{raster.name} → rasters  {raster.width} × {raster.height} × {raster.bands} {raster.dtype}，"
            f"{raster.resolution_m:.3g} m，{raster.crs}，{done.how}"
        )

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
        self.registers |= order.subject.id == "addresses" and not order.dry_run
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
