-- What is large is told by the boxes of its pieces; rows far out are gathered by the middle of their box, which need not lie in
-- any of them: a house of two parts, a hall around a yard. So the middle is told, too.
CREATE OR REPLACE FUNCTION spatial_boxes(shapes geometry[]) RETURNS TABLE (w float8, s float8, e float8, n float8)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  WITH each AS MATERIALIZED (
    SELECT shape, greatest(ST_XMax(shape) - ST_XMin(shape), ST_YMax(shape) - ST_YMin(shape)) > 300 AS large
      FROM unnest(shapes) AS u(shape) WHERE NOT ST_IsEmpty(shape)
  ), few AS MATERIALIZED (
    SELECT shape FROM each WHERE large AND (SELECT count(*) FROM each WHERE large) <= 32
  ), pieces AS (
    SELECT shape FROM each WHERE NOT large OR NOT EXISTS (SELECT FROM few)
    UNION ALL
    SELECT p.shape FROM few CROSS JOIN LATERAL spatial_pieces(few.shape) AS p(shape)
    UNION ALL
    SELECT ST_SetSRID(ST_Point((ST_XMin(shape) + ST_XMax(shape)) / 2, (ST_YMin(shape) + ST_YMax(shape)) / 2), 3857) FROM few
  ), piles AS (SELECT shape, ntile(1000) OVER (ORDER BY shape) AS pile FROM pieces)
  SELECT min(ST_XMin(shape)), min(ST_YMin(shape)), max(ST_XMax(shape)), max(ST_YMax(shape)) FROM piles GROUP BY pile
$$;
