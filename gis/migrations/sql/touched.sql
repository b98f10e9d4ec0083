-- Freshness by tile: every statement leaves the boxes (metres of EPSG:3857) of what it changed, every transaction a number
-- in the order in which transactions become visible. The functions belong to the owner of the tables: whoever may write a
-- row tells of it. Their search_path is their own.

CREATE SEQUENCE spatial_news_seq;
UPDATE spatial_news n SET whole = true, seq = o.place
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM spatial_news) o WHERE o.id = n.id;
SELECT setval('spatial_news_seq', coalesce(max(seq), 0) + 1) FROM spatial_news;

-- A shape cut so that the boxes of its pieces lie close to it, also when it is one long straight line.
CREATE FUNCTION spatial_pieces(shape geometry) RETURNS SETOF geometry LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = public, pg_temp AS $$
DECLARE
  step double precision := greatest(20, (ST_Length(shape) + ST_Perimeter(shape)) / 256);
  fine geometry := ST_Segmentize(ST_Force2D(shape), step);
BEGIN
  RETURN QUERY SELECT ST_Subdivide(fine, greatest(12, ST_NPoints(fine) / 48));
EXCEPTION WHEN OTHERS THEN  -- a shape that cannot be cut must not forbid the edit
  RETURN NEXT ST_Envelope(shape);
END $$;

-- West, south, east, north of a few shapes, as at most 1,000 boxes. What is large is cut, unless there is much of it.
CREATE FUNCTION spatial_boxes(shapes geometry[]) RETURNS TABLE (w float8, s float8, e float8, n float8)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  WITH each AS MATERIALIZED (
    SELECT shape, greatest(ST_XMax(shape) - ST_XMin(shape), ST_YMax(shape) - ST_YMin(shape)) > 300 AS large
      FROM unnest(shapes) AS u(shape) WHERE NOT ST_IsEmpty(shape)
  ), pieces AS (
    SELECT shape FROM each WHERE NOT large OR (SELECT count(*) FROM each WHERE large) > 32
    UNION ALL
    SELECT p.shape FROM each CROSS JOIN LATERAL spatial_pieces(each.shape) AS p(shape)
     WHERE large AND (SELECT count(*) FROM each WHERE large) <= 32
  ), piles AS (SELECT shape, ntile(1000) OVER (ORDER BY shape) AS pile FROM pieces)
  SELECT min(ST_XMin(shape)), min(ST_YMin(shape)), max(ST_XMax(shape)), max(ST_YMax(shape)) FROM piles GROUP BY pile
$$;

-- What a statement changed, as arrays of corners; no rows at all when nothing really differs. Many rows lie in piles,
-- neighbours along the curve by which PostGIS sorts: small things in at most 800, large ones in 200.
CREATE FUNCTION spatial_pile(changed text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT format('WITH boxes AS (
      SELECT ST_XMin(shape) AS w, ST_YMin(shape) AS s, ST_XMax(shape) AS e, ST_YMax(shape) AS n FROM (%s) AS c(shape)
    ), piles AS (
      SELECT *, ntile(CASE WHEN large THEN 200 ELSE 800 END)
                OVER (PARTITION BY large ORDER BY ST_Point((w + e) / 2, (s + n) / 2)) AS pile
        FROM (SELECT *, greatest(e - w, n - s) > 300 AS large FROM boxes WHERE w IS NOT NULL) AS b
    ), grouped AS (SELECT min(w) AS w, min(s) AS s, max(e) AS e, max(n) AS n FROM piles GROUP BY large, pile)
    SELECT array_agg(w), array_agg(s), array_agg(e), array_agg(n) FROM grouped', changed)
$$;

-- One row of news a table and transaction, and with it the boxes, up to 5,000; then it is the whole table.
-- What this transaction has told is kept in a setting of its own, which a savepoint rolls back together with the rows.
CREATE FUNCTION spatial_note(name text, entire boolean, w float8[], s float8[], e float8[], n float8[]) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  told jsonb := coalesce(nullif(current_setting('news.told', true), ''), '{}');
  note bigint := told #>> ARRAY[name, '0'];
  boxes int := coalesce((told #>> ARRAY[name, '1'])::int, 0) + coalesce(cardinality(w), 0);
BEGIN
  IF note IS NULL OR NOT EXISTS (SELECT FROM spatial_news WHERE id = note) THEN
    INSERT INTO spatial_news (table_name, transaction) VALUES (name, pg_current_xact_id()::text::bigint)
      RETURNING id INTO note;
    boxes := coalesce(cardinality(w), 0);
  END IF;
  IF entire OR boxes > 5000 THEN
    boxes := 5001;
    UPDATE spatial_news SET whole = true WHERE id = note AND NOT whole;
  ELSE
    INSERT INTO spatial_touched (news_id, west, south, east, north)
      SELECT note, * FROM unnest(w, s, e, n) AS b(west, south, east, north) WHERE west IS NOT NULL;
  END IF;
  PERFORM set_config('news.told', jsonb_set(told, ARRAY[name], jsonb_build_array(note, boxes))::text, true);
END $$;

-- The number is taken at the end of the transaction under a lock that is held until it is visible: the order of numbers is
-- the order in which anybody can see them, here and on a replica. The first step only puts the second behind all other
-- work that waits for the end (foreign keys), so that the lock is held for as short as can be. Under SET CONSTRAINTS ALL
-- IMMEDIATE both happen at once, and the lock is held from then on: the order is the same.
CREATE FUNCTION spatial_put_last() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE spatial_news SET seq = null WHERE id = NEW.id AND seq IS NULL;
  RETURN NULL;
END $$;

CREATE FUNCTION spatial_number_news() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('spatial_news'));
  UPDATE spatial_news SET seq = nextval('spatial_news_seq') WHERE id = NEW.id AND seq IS NULL;
  PERFORM pg_notify('news', '');
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER put_last AFTER INSERT ON spatial_news DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.seq IS NULL) EXECUTE FUNCTION spatial_put_last();
CREATE CONSTRAINT TRIGGER number_news AFTER UPDATE ON spatial_news DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.seq IS NULL) EXECUTE FUNCTION spatial_number_news();

-- Old news of a table is folded into the newest of it, which then tells of the whole table: a reader that was away for long
-- learns less exactly, never less. `transactions` says how many a row stands for. Returns how many rows left.
CREATE FUNCTION spatial_fold_news(kept bigint, since interval) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  folded bigint;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('spatial_fold_news')) THEN RETURN 0; END IF;
  WITH old AS (
    SELECT id, table_name, transactions, row_number() OVER (PARTITION BY table_name ORDER BY seq DESC) = 1 AS newest
      FROM spatial_news
     WHERE seq <= (SELECT coalesce(max(seq), 0) - kept FROM spatial_news) OR (seq IS NOT NULL AND at < now() - since)
  ), sums AS (
    SELECT table_name, sum(transactions) AS total FROM old GROUP BY table_name HAVING count(*) > 1
  ), boxes AS (
    DELETE FROM spatial_touched t USING old, sums WHERE t.news_id = old.id AND old.table_name = sums.table_name
  ), newest AS (
    UPDATE spatial_news n SET whole = true, transactions = sums.total FROM old, sums
     WHERE n.id = old.id AND old.newest AND old.table_name = sums.table_name
  ), others AS (
    DELETE FROM spatial_news n USING old WHERE n.id = old.id AND NOT old.newest RETURNING 1
  )
  SELECT count(*) INTO folded FROM others;
  RETURN folded;
END $$;

-- Every table that told its news tells it by the statement's rows from now on.
DO $$
DECLARE
  t regclass;
BEGIN
  FOR t IN SELECT DISTINCT tgrelid::regclass FROM pg_trigger WHERE tgname LIKE 'tell\_news%' LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS tell_news ON %1$s; DROP TRIGGER IF EXISTS tell_news_update ON %1$s;
      DROP TRIGGER IF EXISTS tell_news_delete ON %1$s; DROP TRIGGER IF EXISTS tell_news_truncate ON %1$s;
      CREATE TRIGGER tell_news AFTER INSERT ON %1$s REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION spatial_tell_news();
      CREATE TRIGGER tell_news_update AFTER UPDATE ON %1$s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION spatial_tell_news();
      CREATE TRIGGER tell_news_delete AFTER DELETE ON %1$s REFERENCING OLD TABLE AS old_rows
        FOR EACH STATEMENT EXECUTE FUNCTION spatial_tell_news();
      CREATE TRIGGER tell_news_truncate AFTER TRUNCATE ON %1$s
        FOR EACH STATEMENT EXECUTE FUNCTION spatial_tell_news()', t);
  END LOOP;
END $$;
