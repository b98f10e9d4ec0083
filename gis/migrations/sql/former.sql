-- A code that a row gives up is kept, whoever takes it away: an import, the back office, SQL by hand.
-- The function belongs to the owner of the tables, like those of the news. Rows whose code stays cost a comparison.

CREATE FUNCTION spatial_keep_former() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO spatial_formercode AS f ("table", code, "row") VALUES (TG_TABLE_NAME, OLD.code, OLD.id)
  ON CONFLICT (code, "table") DO UPDATE SET "row" = excluded."row", left_at = excluded.left_at;
  RETURN NULL;
END $$;

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['area', 'grid', 'segment', 'fence', 'building', 'room', 'address', 'pipenode', 'pipesegment',
                           'pipefinding', 'facility', 'works'] LOOP
    EXECUTE format('CREATE TRIGGER keep_former AFTER UPDATE OF code ON spatial_%I FOR EACH ROW
                    WHEN (OLD.code <> '''' AND OLD.code IS DISTINCT FROM NEW.code)
                    EXECUTE FUNCTION spatial_keep_former()', t);
  END LOOP;
END $$;
