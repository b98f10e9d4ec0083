"""Fixtures everybody needs: the private cluster started, and a server that answers like the real one."""

import gc
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.management.commands import flush
from django.db import connections
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test.testcases import LiveServerThread, TransactionTestCase
from hypothesis import settings as hypothesis

from tests.town import kept, tables_alone

LONG = (
    "faults", "public", "test_theft.py", "pages", "test_sample_town.py", "test_town_loaded.py", "test_servers.py",
    "tiles", "test_place.py", "test_hostile.py", "test_imports.py", "test_second_look.py", "test_zonings.py",
    "test_clients.py", "test_city.py", "test_every_layer.py", "real",
)  # fmt: skip
IMPORTING = {"real", "ingest", "test_sample_town.py", "test_town_loaded.py", "test_city.py", "test_registers.py"}
MIGRATED = {"django_content_type", "auth_permission"}
NEWS = {"spatial_news", "spatial_touched"}
FILLED = """SELECT '{0}' WHERE EXISTS (SELECT 1 FROM "{0}")"""

# A busy machine is slow, not wrong. CI judges a change by the same examples each time; new ones are for developers.
hypothesis.register_profile("city", deadline=None, derandomize="CI" in os.environ)
hypothesis.load_profile("city")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of minutes begin, so that none of them is left to one worker when the others have ended; of the pages those
    that share a town. While one worker fills that town, the others have what needs none."""
    place = {name: at for at, name in enumerate(LONG)}

    def when(item: pytest.Item) -> tuple[int, bool]:
        begins = min(place.get(name, len(LONG)) for name in (item.path.name, item.path.parent.name))
        return begins, getattr(getattr(item, "module", None), "EDITS", False)

    items.sort(key=when)
    gc.freeze()  # what is imported stays: nobody need look through it for rubbish again and again


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: Any) -> None:
    """Start the cluster under VAR before pytest-django makes its test databases in it, one for each worker. They are
    copies of one in which the migrations ran."""
    database = connections["default"].settings_dict
    if settings.ENV.embedded:
        from config import cluster

        cluster.start(settings.VAR)
        settings.DATABASES["default"]["HOST"] = database["HOST"] = str(cluster.socket_folder(settings.VAR))
    with django_db_blocker.unblock():
        database["TEST"]["TEMPLATE"] = kept(tables_alone)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """A test database need not outlive a power cut, so its commits do not wait for the disk."""
    database = connections["default"]
    with django_db_blocker.unblock():
        with database.cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{database.settings_dict["NAME"]}" SET synchronous_commit = off')
        database.close()  # the setting is for connections to come


@pytest.fixture(scope="session", autouse=True)
def quick_flush() -> Iterator[None]:
    """Delete after a test the few rows that it left, and tell of it: TRUNCATE makes the files of tables anew, and those
    of their many indexes, which takes ten times as long.

    What migrations fill, no test does: it stays, and need not be made again.
    """

    def sql_flush(self: DatabaseOperations, style: Any, tables: Any, **choices: Any) -> list[str]:
        with self.connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(FILLED.format(table) for table in tables if table not in MIGRATED))
            filled = [table for (table,) in cursor.fetchall()]
        return [
            "SET LOCAL session_replication_role = replica",  # no foreign key and no trigger hinders
            *(f'DELETE FROM "{table}"' for table in filled),
            "SET LOCAL session_replication_role = origin",
            *(f"SELECT spatial_note('{table}', true, NULL, NULL, NULL, NULL)" for table in filled if table not in NEWS),
        ]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", sql_flush)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_, **__: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def lasting_connections() -> Iterator[None]:
    """Leave the connection of a test that commits to the next one: Django would take another, and where one shape is
    laid on another datum for the first time, PostgreSQL seeks the way for a tenth of a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_should_reload_connections", lambda _: False)
        yield


@pytest.fixture(autouse=True)
def fresh_connection_of_an_import(request: pytest.FixtureRequest) -> None:
    """An import has a process and a session of its own: one that has served hundreds of tests has plans for triggers
    that were made when their tables were empty, and filled them in minutes."""
    if IMPORTING & {request.path.name, request.path.parent.name} and not connections["default"].in_atomic_block:
        connections["default"].close()


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """A million rounds for the password of each invented user would be minutes of a run; the sums stay the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PBKDF2PasswordHasher, "iterations", 1)
        yield


@pytest.fixture
def var(settings: Any, tmp_path: Path) -> Path:
    """A VAR of the test's own, for what an import or an export writes."""
    settings.VAR = tmp_path / "var"
    return tmp_path / "var"


class Ending(LiveServerThread):
    """A server that ends when it is told: one that asks every half second whether it may waits that long after each
    test."""

    def _create_server(self, connections_override: Any = None) -> Any:
        made = super()._create_server(connections_override)
        made.serve_forever = partial(made.serve_forever, 0.02)
        return made


@pytest.fixture
def server(transactional_db: None) -> Iterator[str]:
    """The base URL of the whole composition (`config.wsgi`: tiles, health, Django, static files) on a free port."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler

    from config import wsgi
    from tiles import server as tiles

    def composed(django: Any) -> Any:
        return wsgi.compose(StaticFilesHandler(django))

    thread = Ending("127.0.0.1", composed)
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    tiles.application.supply.forget()  # another test's rows, at most a second old
    yield f"http://127.0.0.1:{thread.port}"
    thread.terminate()
    tiles.application.supply.forget()
