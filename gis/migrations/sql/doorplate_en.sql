-- The doorplate in English, as far as a street or an estate has an English name; what stands in Chinese numbers has none.
-- Where no door is meant the name of the corner or gate. Like the Chinese one it never says a unit or room.
CREATE FUNCTION spatial_doorplate_en(road text, number text, estate text, block text, name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE
    WHEN coalesce(number, '') = '' AND coalesce(block, '') = '' THEN coalesce(name, '')
    WHEN coalesce(number, '') || coalesce(block, '') !~ '^[0-9A-Za-z-]+$' THEN ''
    WHEN coalesce(road, '') = '' AND coalesce(number, '') <> '' THEN ''
    WHEN coalesce(estate, '') = '' AND coalesce(number, '') = '' THEN ''
    ELSE substr(
         CASE WHEN coalesce(block, '') = '' THEN '' ELSE ', Block ' || block END
      || CASE WHEN coalesce(estate, '') = '' THEN '' ELSE ', ' || estate END
      || CASE WHEN coalesce(number, '') = '' THEN '' ELSE ', No. ' || number || ', ' || road END, 3)
    END;
