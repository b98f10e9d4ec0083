"""Rules for survey points: their numbers, what they are, where they lie."""

from __future__ import annotations

from gis.survey.finding import Check

PRACTICE = "检查惯例 practice rule"
"""Whose number follows: the fifteen are what those look for who check surveys, and no clauses of CJJ 61-2017; a check
that rests on an appendix of the standard cites that too."""
NUMBER = "upper(regexp_replace(normalize({}.code, NFKC), '\\s', '', 'g'))"
POINT = "SELECT 'pipe-nodes' AS layer, n.id, n.code, n.geom AS place"
LETTERS = "'JS PS RQ RL DL TX GY QT'"

TWO_NUMBERS = f"{POINT}, n.map_code || ' ≠ ' || n.code AS value FROM nodes n WHERE n.map_code NOT IN ('', n.code)"

# Within one source the table keeps numbers apart as written; J1, j1 and Ｊ１ are one number to people all the same.
# Two surveys far from each other may number alike.
NUMBER_TWICE = f"""
{POINT}, concat_ws('; ', o.code || ' (' || o.source || ')',
    CASE WHEN NOT ST_DWithin(n.geom, o.geom, 1e-8)
         THEN round(ST_Distance(n.geom::geography, o.geom::geography)::numeric, 2) || ' m' END,
    CASE WHEN n.ground_m IS DISTINCT FROM o.ground_m
         THEN '地面高程 ground ' || concat_ws(' ≠ ', n.ground_m, o.ground_m) END,
    CASE WHEN n.category <> o.category THEN n.category || ' ≠ ' || o.category END,
    CASE WHEN n.feature || n.appendage <> o.feature || o.appendage
         THEN n.feature || n.appendage || ' ≠ ' || o.feature || o.appendage END) AS value
FROM nodes n JOIN nodes o ON o.id > n.id AND {NUMBER.format("n")} = {NUMBER.format("o")}
WHERE n.source = o.source
   OR n.category = o.category AND ST_DWithin(n.geom::geography, o.geom::geography, %(near_m)s)
"""

NOT_ONE = (
    f"{POINT}, n.feature || ' / ' || n.appendage AS value FROM nodes n WHERE (n.feature = '') = (n.appendage = '')"
)

SAME_PLACE = f"""
{POINT}, concat_ws(' ', o.code, '(' || o.source || ')', n.ground_m || ' m') AS value
FROM nodes n JOIN nodes o ON o.id > n.id AND ST_DWithin(n.geom, o.geom, 1e-8)
WHERE n.ground_m IS NOT DISTINCT FROM o.ground_m
"""

# Digits of App. F: 5, category, two of the subcategory, 2 for a point, 1 or 3 a feature and 2 an appendage, sequence.
WRONG_CODE = f"""
{POINT}, n.feature_code || ' ' || coalesce(c.name, '') || ' ≠ ' || n.category || ' ' || w.word AS value
FROM nodes n
CROSS JOIN LATERAL (SELECT n.feature || n.appendage AS word) w
LEFT JOIN (SELECT DISTINCT ON (code) code, name FROM spatial_code WHERE list = 'pipe-feature'
           ORDER BY code, edition DESC) c ON c.code = n.feature_code
WHERE n.feature_code <> '' AND w.word <> '' AND (
    n.feature_code !~ '^5[1-8][0-9][0-9]2[123][0-9][0-9]$'
    OR substr(n.feature_code, 2, 1) <> (strpos({LETTERS}, n.category) / 3 + 1)::text
    OR (substr(n.feature_code, 6, 1) = '2') <> (n.appendage <> '')
    OR c.name IS NOT NULL AND rtrim(c.name, '点') <> rtrim(w.word, '点'))
"""

CHECKS = (
    Check(1, "two-numbers", "图上点号与物探点号不一致", "Number on the map sheet is not the survey number",
          "warning", f"{PRACTICE} 1", TWO_NUMBERS),
    Check(2, "number-twice", "点号重复", "A point number is used twice", "error", f"{PRACTICE} 2", NUMBER_TWICE),
    Check(3, "not-one", "特征与附属物须且仅须填一项", "Exactly one of feature and appendage must be given",
          "warning", f"{PRACTICE} 3", NOT_ONE),
    Check(4, "same-place", "两点坐标与地面高程相同", "Two points share their place and ground level",
          "error", f"{PRACTICE} 4", SAME_PLACE),
    Check(5, "wrong-code", "点编码与特征、附属物不符", "Feature code disagrees with category, feature or appendage",
          "error", f"CJJ 61-2017 附录 F；{PRACTICE} 5", WRONG_CODE),
)  # fmt: skip
