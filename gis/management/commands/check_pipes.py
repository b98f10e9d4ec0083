"""`manage.py check_pipes`: the fifteen checks of a pipe survey, counted on the screen and listed in a CSV."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from gis.survey.finding import Report
from gis.survey.limits import PipeLimits, of_city
from gis.survey.pipes import check_pipes


class Command(BaseCommand):
    """Reports; changes nothing."""

    help = "按 CJJ 61 检查地下管线数据。 Check the pipe survey by the rules of CJJ 61."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which source, where the list goes, and the limits, which are the city's if none are given."""
        parser.add_argument("--source", help="只查此来源 only this source")
        parser.add_argument("--csv", type=Path, help="写出全部问题 write every finding to this file")
        for name, value in asdict(of_city(PipeLimits)).items():
            parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=value)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run, count, write."""
        limits = PipeLimits(**{limit.name: options[limit.name] for limit in fields(PipeLimits)})
        report = check_pipes(options["source"], limits)
        self.stdout.write("\n".join(told(report)))
        if options["csv"]:
            save(report, options["csv"])


def told(report: Report) -> list[str]:
    """A line a check: its number, how many, what it is, and an example."""
    counts, lines = report.counts, []
    for check in report.checks:
        found = report.of(check.id)
        example = f"  例 e.g. {found[0].code}: {found[0].value}" if found else ""
        sign = "✗" if check.grade == "error" else "!"
        mark = sign if found else "✓"
        lines.append(f"{mark} {check.number:>2} {counts[check.id]:>7}  {check.title} {check.title_en}{example}")
    return [*lines, f"共 {len(report.findings)} 处。 {len(report.findings)} findings in all."]


def save(report: Report, path: Path) -> None:
    """Write the CSV; the BOM lets Excel read Chinese."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        report.write(file)
