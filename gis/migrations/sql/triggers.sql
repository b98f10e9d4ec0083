-- What must never be, where one row's own columns cannot tell.
-- Whoever writes may have another search_path, or none: the functions say theirs. Tables and PostGIS live in public.

-- Codes follow the pattern their city configured: arguments are pairs of (scheme, column).
CREATE FUNCTION spatial_check_code() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  ruled text := TG_ARGV[0];
  value text := to_jsonb(NEW) ->> TG_ARGV[1];
  rule text;
BEGIN
  IF coalesce(value, '') = '' THEN RETURN NEW; END IF;
  IF ruled = 'building' THEN ruled := to_jsonb(NEW) ->> 'scheme'; END IF;
  SELECT pattern INTO rule FROM spatial_codepattern p WHERE p.scheme = ruled;
  IF rule IS NOT NULL AND value !~ ('^(?:' || rule || ')$') THEN
    RAISE EXCEPTION '编码 % 不符合 % 的规则 % (code breaks its pattern)', value, ruled, rule
      USING ERRCODE = 'check_violation', CONSTRAINT = 'code_follows_pattern';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER code_follows_pattern BEFORE INSERT OR UPDATE OF code ON spatial_grid
  FOR EACH ROW EXECUTE FUNCTION spatial_check_code('grid', 'code');
CREATE TRIGGER code_follows_pattern BEFORE INSERT OR UPDATE OF code ON spatial_area
  FOR EACH ROW EXECUTE FUNCTION spatial_check_code('area', 'code');
CREATE TRIGGER code_follows_pattern BEFORE INSERT OR UPDATE OF code ON spatial_facility
  FOR EACH ROW EXECUTE FUNCTION spatial_check_code('component', 'code');
CREATE TRIGGER code_follows_pattern BEFORE INSERT OR UPDATE ON spatial_buildingcode
  FOR EACH ROW EXECUTE FUNCTION spatial_check_code('building', 'code');
CREATE TRIGGER code_follows_pattern BEFORE INSERT OR UPDATE OF feature_code ON spatial_pipenode
  FOR EACH ROW EXECUTE FUNCTION spatial_check_code('pipe-feature', 'feature_code');
CREATE TRIGGER code_follows_pattern BEFORE INSERT OR UPDATE OF feature_code ON spatial_pipesegment
  FOR EACH ROW EXECUTE FUNCTION spatial_check_code('pipe-feature', 'feature_code');

-- Grids in force on the same day share no ground. Digitising slivers up to half a square metre pass.
-- The lock makes two concurrent transactions see each other's grids: without it both could commit an overlap.
CREATE FUNCTION spatial_grid_alone() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  other text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('spatial_grid'));
  SELECT g.code INTO other FROM spatial_grid g
   WHERE g.id <> NEW.id AND g.geom && NEW.geom
     AND daterange(g.started_on, g.ended_on) && daterange(NEW.started_on, NEW.ended_on)
     AND ST_Relate(g.geom, NEW.geom, 'T********')
     AND ST_Area(ST_Intersection(g.geom, NEW.geom)::geography) > 0.5
   LIMIT 1;
  IF other IS NOT NULL THEN
    RAISE EXCEPTION '网格 % 与 % 重叠 (grids overlap)', NEW.code, other
      USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'grid_never_overlaps';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER grid_never_overlaps AFTER INSERT OR UPDATE OF geom, started_on, ended_on ON spatial_grid
  FOR EACH ROW EXECUTE FUNCTION spatial_grid_alone();

-- A recorded row may only be closed: its record time gets an end, nothing else changes, it is never deleted.
-- The line of a zoning is cut from its segment: it follows the segment (depth > 1: a trigger of ours) and nothing else.
CREATE FUNCTION spatial_keep_record() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION '记录不可删除, 请停用 (a recorded row is never deleted)'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'record_is_kept';
  END IF;
  IF TG_TABLE_NAME = 'spatial_zoning' AND pg_trigger_depth() < 2 THEN NEW.geom := OLD.geom; END IF;
  IF to_jsonb(NEW) - 'recorded' - 'geom' - 'shape' <> to_jsonb(OLD) - 'recorded' - 'geom' - 'shape'
     OR (pg_trigger_depth() < 2 AND NEW.geom::bytea IS DISTINCT FROM OLD.geom::bytea)
     OR (NEW.recorded <> OLD.recorded
         AND NOT (upper_inf(OLD.recorded) AND lower(NEW.recorded) = lower(OLD.recorded)
                  AND lower_inc(NEW.recorded) = lower_inc(OLD.recorded))) THEN
    RAISE EXCEPTION '记录不可修改, 请关闭后新建 (a recorded row is closed and followed, never changed)'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'record_is_kept';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER record_is_kept BEFORE UPDATE OR DELETE ON spatial_zoning
  FOR EACH ROW EXECUTE FUNCTION spatial_keep_record();
CREATE TRIGGER record_is_kept BEFORE UPDATE OR DELETE ON spatial_fenceversion
  FOR EACH ROW EXECUTE FUNCTION spatial_keep_record();

-- The stretch of a zoning is cut from its segment by metres, now and whenever the segment is redrawn.
CREATE FUNCTION spatial_stretch(line geometry, length_m double precision, from_m numeric, to_m numeric)
RETURNS geometry LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN length_m > 0 AND from_m < length_m
    THEN ST_LineSubstring(line, least(from_m / length_m, 1), least(to_m / length_m, 1)) END;

CREATE FUNCTION spatial_cut_zoning() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  SELECT spatial_stretch(s.geom, s.length_m, NEW.from_m, NEW.to_m) INTO NEW.geom
    FROM spatial_segment s WHERE s.id = NEW.segment_id;
  IF NEW.geom IS NULL THEN
    RAISE EXCEPTION '分区起点 % 米超出路段长度 (the zoning starts beyond its segment)', NEW.from_m
      USING ERRCODE = 'check_violation', CONSTRAINT = 'zoning_on_segment';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER cut_zoning BEFORE INSERT ON spatial_zoning
  FOR EACH ROW EXECUTE FUNCTION spatial_cut_zoning();

CREATE FUNCTION spatial_recut_zonings() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF OLD.geom IS NOT DISTINCT FROM NEW.geom THEN RETURN NULL; END IF;
  UPDATE spatial_zoning z SET geom = spatial_stretch(NEW.geom, NEW.length_m, z.from_m, z.to_m)
   WHERE z.segment_id = NEW.id;
  RETURN NULL;
END $$;

CREATE TRIGGER recut_zonings AFTER UPDATE OF geom ON spatial_segment
  FOR EACH ROW EXECUTE FUNCTION spatial_recut_zonings();

-- News: one row a table and transaction.
CREATE FUNCTION spatial_tell_news() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO spatial_news (table_name, transaction)
  VALUES (TG_TABLE_NAME, pg_current_xact_id()::text::bigint) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['area', 'grid', 'road', 'segment', 'zoning', 'fence', 'fenceversion', 'building', 'room',
                           'address', 'pipenode', 'pipesegment', 'pipefinding', 'facility', 'landuse', 'water'] LOOP
    EXECUTE format('CREATE TRIGGER tell_news AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON spatial_%I
                    FOR EACH STATEMENT EXECUTE FUNCTION spatial_tell_news()', t);
  END LOOP;
END $$;
