"""Fixtures everybody needs: the private cluster started, and a server that answers like the real one."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test.testcases import LiveServerThread
from hypothesis import settings as hypothesis

# A busy machine is slow, not wrong. CI judges a change by the same examples each time; new ones are for developers.
hypothesis.register_profile("city", deadline=None, derandomize="CI" in os.environ)
hypothesis.load_profile("city")


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Start the cluster under VAR before pytest-django makes its test database in it."""
    if settings.ENV.embedded:
        from config import cluster

        cluster.start(settings.VAR)
        settings.DATABASES["default"]["HOST"] = str(cluster.socket_folder(settings.VAR))
        connections["default"].settings_dict["HOST"] = settings.DATABASES["default"]["HOST"]


@pytest.fixture
def server(transactional_db: None) -> Iterator[str]:
    """The base URL of the whole composition (`config.wsgi`: tiles, health, Django, static files) on a free port."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler

    from config import wsgi
    from tiles import server as tiles

    def composed(django: Any) -> Any:
        return wsgi.compose(StaticFilesHandler(django))

    thread = LiveServerThread("127.0.0.1", composed)
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    tiles.application.supply.forget()  # another test's rows, at most a second old
    yield f"http://127.0.0.1:{thread.port}"
    thread.terminate()
    tiles.application.supply.forget()
