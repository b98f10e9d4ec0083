"""The server of tiles for these tests."""

from tests.client import get, tiles  # noqa: F401  fixtures
