-- What constraints call: immutable truths about one value.
-- Bodies are RETURN, not text: they are resolved here and now, so pg_restore, which empties search_path, finds them.

CREATE FUNCTION spatial_sound(g geometry) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN NOT ST_IsEmpty(g) AND ST_IsValid(g)
     AND ST_XMin(g) >= -180 AND ST_XMax(g) <= 180 AND ST_YMin(g) >= -85.06 AND ST_YMax(g) <= 85.06;

-- Left and right as unit ranges, so that "both" overlaps either.
CREATE FUNCTION spatial_side_span(side text) RETURNS int4range
LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE side WHEN 'left' THEN int4range(0, 1) WHEN 'right' THEN int4range(1, 2) ELSE int4range(0, 2) END;

-- Whether a fence covers ground: a polygon does, a line does with a width.
CREATE FUNCTION spatial_fence_body(g geometry, width_m double precision) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE ST_Dimension(g) WHEN 2 THEN true WHEN 1 THEN coalesce(width_m, 0) > 0 ELSE false END;

-- The part of an address that may be public: down to the block, never the unit or room.
CREATE FUNCTION spatial_doorplate(road text, number text, estate text, block text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN coalesce(road, '') || CASE WHEN coalesce(number, '') = '' THEN '' WHEN number ~ '[0-9]$' THEN number || '号' ELSE number END
      || coalesce(estate, '') || CASE WHEN coalesce(block, '') = '' THEN '' WHEN block ~ '[0-9]$' THEN block || '幢' ELSE block END;
