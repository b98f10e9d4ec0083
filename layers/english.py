"""Texts of rows that have no English beside them: sources and phrases by a code list, places by what is on record."""

from __future__ import annotations

from typing import Any

SOURCES, PHRASES = "source", "phrase"
"""Code lists in which the code is the text itself, so that a city can give it English."""
PLACES = "place"
"""No list: streets, estates, doors, parks and areas, whose rows have English names."""
ON_RECORD = """
SELECT 'place', t.line, t.line,
       coalesce(nullif(spatial_doorplate_en(r.name_en, p.number, e.estate_en, p.block, ''), ''),
                CASE WHEN p.own = t.line THEN coalesce(r.name_en, e.estate_en, g.name_en, a.name_en) END, '')
  FROM unnest(%s::text[]) t(line)
 CROSS JOIN LATERAL (SELECT regexp_replace(t.line, '[0-9A-Za-z-]+(号|幢)$', '') AS own,
                            substring(t.line FROM '([0-9A-Za-z-]+)号$') AS number,
                            substring(t.line FROM '([0-9A-Za-z-]+)幢$') AS block) p
  LEFT JOIN LATERAL (SELECT name_en FROM spatial_road WHERE name = p.own AND name_en <> '' LIMIT 1) r ON true
  LEFT JOIN LATERAL (SELECT estate_en FROM spatial_address
                      WHERE r.name_en IS NULL AND estate = p.own AND estate_en <> '' AND unit = '' AND room = ''
                      LIMIT 1) e ON true
  LEFT JOIN LATERAL (SELECT name_en FROM spatial_landuse
                      WHERE coalesce(r.name_en, e.estate_en) IS NULL AND name = t.line AND name_en <> '' LIMIT 1) g
    ON true
  LEFT JOIN LATERAL (SELECT string_agg(name_en, ', ' ORDER BY level DESC) AS name_en FROM spatial_area
                      WHERE coalesce(r.name_en, e.estate_en, g.name_en) IS NULL AND name_en <> '' AND ended_on IS NULL
                        AND (name = t.line OR full_name <> '' AND starts_with(t.line, full_name))) a ON true
"""
"""What a flat says is not looked at: its row is for staff. Nothing where no row has an English name."""


def places(wanted: list[tuple[str, str]]) -> list[tuple[str, list[Any]]]:
    """Return the query for the places among what is wanted, if there are any: list, text, and both languages."""
    lines = sorted({line for kind, line in wanted if kind == PLACES and line})  # "" reads whole indexes of trigrams
    return [(ON_RECORD, [lines])] if lines else []
