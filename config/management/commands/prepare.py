"""`manage.py prepare`: bring database and static files to what this release needs; a second run finds nothing to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.gis.db.models import GeometryField
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config import statics
from config.env import ROOT
from config.release import fingerprint
from gis import walking
from gis.models import ImportRun
from tiles import wall

CODES = (ROOT / "data" / "codes",)
OURS = ("imports", "rasters")
"""Folders of VAR whose files may be about people or pipes: no other user of the machine enters."""
STATIC = (*settings.STATIC_SOURCES, ROOT / "requirements.lock")


class Command(BaseCommand):
    """Migrations, code tables, the sample town on an empty database, static files."""

    help = "迁移、代码表、示例数据、静态文件 / Migrate, load code tables, sample data and static files."

    def handle(self, *args: object, **options: object) -> None:
        """Do the steps in order; a second `prepare` waits and then finds them done."""
        Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
        keep_private()
        with alone():
            self._prepare()

    def _prepare(self) -> None:
        if unapplied() or outdated("codes", CODES):
            call_command("migrate", interactive=False, verbosity=0)
            self._optional("load_codes")
            self._optional("roles")
            remember("codes", CODES)
        walking.prepare()
        wall.build()
        if empty():
            self._optional("sample_town")
        self._optional("generalise")
        if settings.DEMO:
            self._optional("demo_accounts")
        if outdated("static", STATIC) or not statics.collected():
            call_command("collectstatic", interactive=False, verbosity=0)
            statics.forget()
            remember("static", STATIC)

    def _optional(self, name: str) -> None:
        if name in get_commands():
            call_command(name, stdout=self.stdout)


def keep_private() -> None:
    """Make the folders of imported files, or close them where an earlier release left them open."""
    for folder in (Path(settings.VAR) / name for name in OURS):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)


@contextmanager
def alone() -> Iterator[None]:
    """Hold the database's lock for preparing. A transaction of its own holds it, so that a pooler cannot lose it."""
    holder = connection.copy()
    holder.set_autocommit(False)
    try:
        with holder.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('chengtu_prepare'))")
        yield
    finally:
        holder.close()


def unapplied() -> bool:
    """True when a migration waits."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def empty() -> bool:
    """True when no place is stored and none ever was imported: a town that was sent away stays away."""
    return not ImportRun.objects.exists() and not any(
        model._default_manager.exists()
        for model in apps.get_app_config("spatial").get_models()
        if any(isinstance(field, GeometryField) for field in model._meta.get_fields())
    )


def outdated(name: str, sources: tuple[Path, ...]) -> bool:
    """True when `sources` changed since `remember` was told about them."""
    kept = _mark(name)
    return not kept.is_file() or kept.read_text(encoding="ascii") != fingerprint(*sources)


def remember(name: str, sources: tuple[Path, ...]) -> None:
    """Note that what `sources` hold now is done."""
    _mark(name).write_text(fingerprint(*sources), encoding="ascii")


def _mark(name: str) -> Path:
    return Path(settings.VAR) / f".prepared-{name}"
