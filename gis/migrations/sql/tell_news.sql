-- What a statement tells, run when news became news of tiles (0012) and again when a whole table began to be told once (0014).
-- A table that a transaction has told of as a whole needs no boxes any more: an import in a hundred batches would work
-- them out a hundred times, for nothing.

-- The row of news that says so; the setting alone could be of rows that a fold has taken away meanwhile.
CREATE OR REPLACE FUNCTION spatial_told_whole(name text) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM spatial_news
                  WHERE id = (nullif(current_setting('news.told', true), '')::jsonb #>> ARRAY[name, '0'])::bigint AND whole)
$$;

-- After each statement. A table without `shape` and `id` can only be told of as a whole.
CREATE OR REPLACE FUNCTION spatial_tell_news() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  few CONSTANT int := 256;
  columns int;
  shapes geometry[];
  rows int;
  w float8[]; s float8[]; e float8[]; n float8[];
  many text;
BEGIN
  IF spatial_told_whole(TG_TABLE_NAME) THEN RETURN NULL; END IF;
  SELECT count(*) INTO columns FROM pg_attribute
   WHERE attrelid = TG_RELID AND attname IN ('id', 'shape') AND NOT attisdropped;
  IF TG_OP = 'TRUNCATE' THEN
    PERFORM spatial_note(TG_TABLE_NAME, true, null, null, null, null);
  ELSIF columns < 2 THEN
    IF TG_OP = 'INSERT' THEN SELECT count(*) INTO rows FROM (SELECT FROM new_rows LIMIT 1) AS r;
    ELSE SELECT count(*) INTO rows FROM (SELECT FROM old_rows LIMIT 1) AS r; END IF;
    IF rows > 0 THEN PERFORM spatial_note(TG_TABLE_NAME, true, null, null, null, null); END IF;
  ELSE
    IF TG_OP = 'INSERT' THEN
      SELECT array_agg(shape) INTO shapes FROM (SELECT shape FROM new_rows LIMIT few + 1) AS r;
      many := 'SELECT shape FROM new_rows';
    ELSIF TG_OP = 'DELETE' THEN
      SELECT array_agg(shape) INTO shapes FROM (SELECT shape FROM old_rows LIMIT few + 1) AS r;
      many := 'SELECT shape FROM old_rows';
    ELSE
      SELECT array_agg(shape) INTO shapes FROM (
        SELECT v.shape FROM old_rows AS o FULL JOIN new_rows AS r ON r.id = o.id
         CROSS JOIN LATERAL (VALUES (o.shape), (nullif(r.shape, o.shape))) AS v(shape)
         WHERE (o *<> r) IS NOT FALSE LIMIT 2 * few + 1) AS c;
      many := 'SELECT v.shape FROM old_rows AS o FULL JOIN new_rows AS r ON r.id = o.id
        CROSS JOIN LATERAL (VALUES (o.shape), (nullif(r.shape, o.shape))) AS v(shape) WHERE (o *<> r) IS NOT FALSE';
    END IF;
    IF shapes IS NULL THEN RETURN NULL; END IF;
    IF cardinality(shapes) > few THEN
      EXECUTE spatial_pile(many) INTO w, s, e, n;
    ELSE
      SELECT array_agg(b.w), array_agg(b.s), array_agg(b.e), array_agg(b.n) INTO w, s, e, n FROM spatial_boxes(shapes) AS b;
    END IF;
    PERFORM spatial_note(TG_TABLE_NAME, false, w, s, e, n);
  END IF;
  RETURN NULL;
END $$;
