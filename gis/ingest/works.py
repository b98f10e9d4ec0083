"""Works on the street as permits tell of them: a first and a last day, or both in one cell."""

from __future__ import annotations

from gis.ingest.subject import Check, Column, Subject
from gis.models import Works

MARK_M = 6
"""Metres around a permit that names a point only: a surface can be drawn and walked round, a point cannot."""

STATES = {
    "待施工": "planned", "未开工": "planned", "计划": "planned", "计划中": "planned", "审批通过": "planned",
    "许可": "planned", "已许可": "planned", "预告": "planned", "approved": "planned",
    "在建": "active", "施工": "active", "进行中": "active", "已开工": "active", "开工": "active", "封闭中": "active",
    "under way": "active", "ongoing": "active",
    "停工": "suspended", "已停工": "suspended", "暂停施工": "suspended", "中止": "suspended",
    "完工": "finished", "竣工": "finished", "已竣工": "finished", "结束": "finished", "已结束": "finished",
    "已恢复": "finished", "恢复通行": "finished", "done": "finished",
    "取消": "cancelled", "撤销": "cancelled", "已撤销": "cancelled", "作废": "cancelled", "canceled": "cancelled",
}  # fmt: skip

WORKS = Subject(
    "works", Works,
    frozenset({"Point", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}),
    (
        Column("code", ("许可证号", "许可编号", "批准文号", "施工编号", "编码", "编号", "code", "permit"), kind="code"),
        Column("kind", ("施工类别", "占道类别", "类别", "类型", "种类", "事项", "kind", "type"), True,
               vocabulary="works-kind", fill="other"),
        Column("name", ("工程名称", "项目名称", "施工名称", "活动名称", "名称", "name", "name:zh", "title"), True),
        Column("name_en", ("英文名", "英文名称", "name:en", "name_en")),
        Column("road", ("道路", "道路名称", "路名", "占用道路", "施工道路", "施工路段", "位置", "地点", "road")),
        Column("effect", ("影响", "交通影响", "影响程度", "占道情况", "封闭情况", "effect"), vocabulary="works-effect"),
        Column("state", ("状态", "施工状态", "进度", "state", "status"), values=STATES, vocabulary="works-state",
               fill="planned"),
        Column("applicant", ("申请单位", "建设单位", "业主单位", "主办单位", "applicant")),
        Column("builder", ("施工单位", "承建单位", "builder", "contractor")),
        Column("phone", ("咨询电话", "服务电话", "联系电话", "电话", "phone"), kind="code"),
        Column("conditions", ("许可条件", "条件", "要求", "conditions")),
        Column("detour", ("绕行提示", "绕行", "绕行路线", "交通组织", "detour")),
        Column("period", ("起止日期", "施工期限", "工期", "占用期限", "许可期限", "施工时间", "period"), kind="period"),
        Column("starts", ("开始日期", "开工日期", "起始日期", "起日期", "封闭日期", "starts", "from",
               "start_date"), kind="day"),
        Column("ends", ("结束日期", "完工日期", "终止日期", "止日期", "截止日期", "恢复日期", "ends", "to",
               "end_date"), kind="day"),
        Column("hours", ("每日时段", "施工时段", "作业时间", "封闭时段", "时段", "hours"), kind="hours"),
        Column("surveyed_at", ("测绘日期", "登记日期", "发证日期", "许可日期", "surveyed_at")),
    ),
    unique=(("code",),),
    checks=(
        Check("ends_first", "ends", "s.ends < s.starts", "s.ends::text"),
        Check("required", "starts", "s.period IS NULL AND s.starts IS NULL"),
    ),
    steps=(
        "UPDATE stage SET period = daterange(starts, ends, '[]') WHERE starts IS NOT NULL",
        f"UPDATE stage SET geom = ST_SetSRID(ST_Multi(ST_Buffer(geom::geography, {MARK_M})::geometry), ST_SRID(geom))"
        " WHERE ST_Dimension(geom) = 0",
    ),
    derived=("period",),
)  # fmt: skip
"""The days of a permit are both included: 止 11月30日 means that the road opens on the 1st."""
