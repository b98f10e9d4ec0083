-- What is stored for all layers lies in one table. Besides of the table it is told of each layer, as `spatial_coarse:<layer>`:
-- who watches one would learn from boxes of the table where rows of others are, hidden ones too.
CREATE FUNCTION spatial_tell_stored() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  changed text := CASE TG_OP
    WHEN 'INSERT' THEN 'SELECT layer, shape FROM new_rows'
    WHEN 'DELETE' THEN 'SELECT layer, shape FROM old_rows'
    ELSE 'SELECT layer, shape FROM old_rows UNION ALL SELECT layer, shape FROM new_rows' END;
  one text;
  w float8[]; s float8[]; e float8[]; n float8[];
BEGIN
  FOR one IN EXECUTE format('SELECT DISTINCT layer FROM (%s) AS c', changed) LOOP
    CONTINUE WHEN spatial_told_whole(TG_TABLE_NAME || ':' || one);
    EXECUTE spatial_pile(format('SELECT shape FROM (%s) AS c WHERE layer = %L', changed, one)) INTO w, s, e, n;
    PERFORM spatial_note(TG_TABLE_NAME || ':' || one, false, w, s, e, n);
  END LOOP;
  RETURN NULL;
END $$;

CREATE TRIGGER tell_stored AFTER INSERT ON spatial_coarse REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION spatial_tell_stored();
CREATE TRIGGER tell_stored_update AFTER UPDATE ON spatial_coarse REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION spatial_tell_stored();
CREATE TRIGGER tell_stored_delete AFTER DELETE ON spatial_coarse REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION spatial_tell_stored();

-- Pages that are open were told of the table alone: they are to ask for everything far out once more.
SELECT spatial_note('spatial_coarse', true, null, null, null, null);
