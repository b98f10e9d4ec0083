"""`manage.py check_areas`: gaps, overlaps and slivers of areas and grids, and grids nobody answers for."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from gis.management.commands.check_pipes import save, told
from gis.survey.limits import AreaLimits, of_city
from gis.survey.topology import check_areas


class Command(BaseCommand):
    """Reports; changes nothing."""

    help = "检查行政区域与网格的拓扑。 Check areas and grids as coverages."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the list goes, and the limits, which are the city's if none are given."""
        parser.add_argument("--csv", type=Path, help="写出全部问题 write every finding to this file")
        for name, value in asdict(of_city(AreaLimits)).items():
            parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=value)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run, count, write."""
        report = check_areas(AreaLimits(**{limit.name: options[limit.name] for limit in fields(AreaLimits)}))
        self.stdout.write("\n".join(told(report)))
        if options["csv"]:
            save(report, options["csv"])
