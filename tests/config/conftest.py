"""The server of tiles for these tests."""

from tests.client import tiles  # noqa: F401  a fixture
