"""Rows as bytes: vector tiles cut by PostGIS, kept while they are true, answered before Django."""
