-- What lies in a district or street office is found by its name too: where one comes, goes or differs in name, level, days or
-- ground, its ground is noted, and what lies there becomes due (gis.locate.grounds). Not here and now: it may be a city, and
-- rows that another transaction is writing could not be seen, or would have to be waited for.
-- A day more on either side of today: which day it is in the city, a session does not know.

CREATE FUNCTION spatial_area_due() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  none CONSTANT text := '(SELECT * FROM spatial_area WHERE false)';
  old CONSTANT text := CASE TG_OP WHEN 'INSERT' THEN none ELSE 'old_rows' END;
  new CONSTANT text := CASE TG_OP WHEN 'DELETE' THEN none ELSE 'new_rows' END;
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    INSERT INTO spatial_areadue (now, name) VALUES (ST_Multi(ST_TileEnvelope(0, 0, 0)), NULL), (NULL, '');
    RETURN NULL;
  END IF;
  EXECUTE format('
    WITH changed AS (
      SELECT o.shape AS was, n.shape AS now, n.valid,
             coalesce(n.level IN (3, 4), false) AS told,
             coalesce(o.level IN (3, 4) AND o.valid && daterange(current_date - 1, current_date + 2), false) AS held,
             coalesce(n.level IN (3, 4) AND n.valid && daterange(current_date - 1, current_date + 2), false) AS holds,
             (o.level, o.name, o.valid) IS NOT DISTINCT FROM (n.level, n.name, n.valid) AS moved
        FROM %s o FULL JOIN %s n ON n.id = o.id
       WHERE (o.level, o.name, o.valid, o.geom) IS DISTINCT FROM (n.level, n.name, n.valid, n.geom)
    ), grounds AS (
      SELECT null::date AS day, g.was, g.now FROM changed c CROSS JOIN LATERAL (VALUES
        (CASE WHEN c.held THEN c.was END, CASE WHEN c.holds AND c.moved THEN c.now END),
        (NULL, CASE WHEN c.holds AND NOT c.moved THEN c.now END)) AS g(was, now)
      UNION ALL
      SELECT d.day, NULL, c.now FROM changed c CROSS JOIN LATERAL (VALUES (lower(c.valid)), (upper(c.valid))) AS d(day)
       WHERE c.told AND d.day >= current_date - 1
    )
    INSERT INTO spatial_areadue (day, was, now)
      SELECT day, was, now FROM grounds WHERE was IS NOT NULL OR now IS NOT NULL', old, new);
  -- A line is taken apart by the names of areas, whatever their days: one that nothing bore before, or nothing does now.
  EXECUTE format('
    INSERT INTO spatial_areadue (name) SELECT DISTINCT left(name, 2) FROM (
      (SELECT level, name FROM %1$s AS o EXCEPT SELECT level, name FROM spatial_area)
      UNION ALL
      (SELECT level, name FROM %2$s AS n EXCEPT (
        SELECT level, name FROM %1$s AS o UNION ALL
        SELECT level, name FROM spatial_area a WHERE a.id NOT IN (SELECT id FROM %2$s AS n)))
    ) AS names WHERE level < 5 AND length(name) > 1', old, new);
  RETURN NULL;
END $$;

CREATE TRIGGER area_due AFTER INSERT ON spatial_area REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION spatial_area_due();
CREATE TRIGGER area_due_update AFTER UPDATE ON spatial_area REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION spatial_area_due();
CREATE TRIGGER area_due_delete AFTER DELETE ON spatial_area REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION spatial_area_due();
CREATE TRIGGER area_due_truncate AFTER TRUNCATE ON spatial_area
  FOR EACH STATEMENT EXECUTE FUNCTION spatial_area_due();

-- Those on record whose days are still to come.
INSERT INTO spatial_areadue (day, now)
  SELECT d.day, a.shape FROM spatial_area a CROSS JOIN LATERAL (VALUES (lower(a.valid)), (upper(a.valid))) AS d(day)
   WHERE a.level IN (3, 4) AND d.day >= current_date - 1;
