"""Fields that every imported row has: where it came from and since when."""

from layers.english import SOURCES
from layers.layer import Field

PROVENANCE = (
    Field("source", "数据来源", "Source", phrases=SOURCES),
    Field("surveyed_at", "测绘日期", "Surveyed"),
    Field("updated_at", "更新时间", "Updated"),
)
