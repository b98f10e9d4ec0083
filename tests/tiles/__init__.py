"""Tests of `tiles`."""
