-- What the index of places has to read anew. A row is due when it is new, gone, or when what it is found by differs.
-- The index itself is made in Python (gis.locate.index): it must take lines apart as it takes apart what is asked.

CREATE FUNCTION spatial_place_due() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  layer CONSTANT text := TG_ARGV[0];
  said CONSTANT text := TG_ARGV[1];  -- of a row r: by what it is found
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    DELETE FROM spatial_place p WHERE p.layer = TG_ARGV[0];
    DELETE FROM spatial_placedue d WHERE d.layer = TG_ARGV[0];
  ELSIF TG_OP = 'INSERT' THEN
    EXECUTE format('INSERT INTO spatial_placedue (layer, "row") SELECT %L, r.id FROM new_rows r WHERE concat(%s) <> ''''
      ON CONFLICT DO NOTHING', layer, said);
  ELSIF TG_OP = 'DELETE' THEN
    EXECUTE format('INSERT INTO spatial_placedue (layer, "row") SELECT %L, r.id FROM old_rows r WHERE concat(%s) <> ''''
      ON CONFLICT DO NOTHING', layer, said);
  ELSE
    EXECUTE format('INSERT INTO spatial_placedue (layer, "row")
      SELECT %1$L, r.id FROM new_rows r JOIN old_rows o ON o.id = r.id
       WHERE (%2$s, r.geom) IS DISTINCT FROM (%3$s, o.geom)
      ON CONFLICT DO NOTHING', layer, said, replace(said, 'r.', 'o.'));
  END IF;
  RETURN NULL;
END $$;
