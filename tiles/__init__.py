"""Rows as bytes: vector tiles, answered before Django."""
