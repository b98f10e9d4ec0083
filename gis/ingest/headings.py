"""The names that many files give to the same columns, and what shapes they bring."""

from __future__ import annotations

from gis.ingest.subject import Column

POLYGON = frozenset({"MultiPolygon"})
POINT = frozenset({"Point"})

NAME = ("name:zh", "name_zh", "name", "名称", "中文名", "名字", "标准名称", "mc")
NAME_EN = ("name:en", "name_en", "英文名", "英文名称")
CODE = ("编码", "代码", "code", "bm", "dm")
SURVEYED = Column("surveyed_at", ("测绘日期", "测量日期", "调查日期", "采集日期", "mdate", "survey_date"))
ADDRESS = ("address", "地址", "详细地址", "addr", "addr:full", "addr_street+addr_housenumber", "dz")
