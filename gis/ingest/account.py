"""What an import tells its operator: plain lines, Chinese first."""

from __future__ import annotations

from gis.ingest.order import Outcome
from gis.ingest.refusals import Refusals


def account(done: Outcome, refusals: Refusals, dry_run: bool) -> list[str]:
    """The account of an import, Chinese first."""
    lines = [f"{done.file} → {done.subject}  来源 source: {done.source}  坐标系 CRS: {done.crs or '—'}"]
    lines += [f"  {note}" for note in done.notes]
    if done.mapping is not None:
        places = [f"坐标 geometry ← {'、'.join(done.places)}"] if done.places else []
        rules = "，".join(places + [f"{name} ← {rule}" for name, rule in done.mapping.rules.items()])
        lines.append(f"  字段 fields: {rules}")
        lines.append(f"  编号 source id: {id_sentence(done)}")
    if done.unused:
        lines.append(f"  未用 unused: {'、'.join(done.unused)}")
    lines += [f"  {sentence}" for sentence in remarks(done)]
    title = "试运行，未写入 DRY RUN, nothing written" if dry_run else "完成 done"
    title = "✗ 未导入 not imported" if done.fruitless else title
    lines.append(
        f"  {title}: {done.rows} 行 rows = 新增 added {done.added}，变更 changed {done.changed}，"
        f"未变 unchanged {done.unchanged}，拒绝 refused {done.refused}，略过 skipped {done.skipped}，"
        f"合并 folded {done.folded}；{done.seconds:.1f} s"
    )
    for reason, number in done.reasons.most_common():
        example = refusals.examples[reason]
        where = f"例 e.g. 第 {example.row} 行 row，{example.field} {example.value}"
        lines.append(f"    {number} × {example.zh} {example.en}（{where}）")
    return lines


def id_sentence(done: Outcome) -> str:
    """Where the source ids came from."""
    names = "/".join(done.mapping.id) if done.mapping else ""
    if done.ids == "kept":
        return names
    if done.ids == "repeated":
        return f"{names}（有重复，重复者附内容指纹 repeated ones carry a hash of their content）"
    return f"内容指纹 a hash of the content（{names or '无编号字段 no id field'}）"


def remarks(done: Outcome) -> list[str]:
    """What the operator should know besides the counts."""
    said = {
        "repaired": "个无效图形已修复 invalid shapes were mended",
        "curves": "个曲线图形已化为折线 curves became lines",
        "parts": "个路段由多段线拆出 further rows from lines of several parts",
        "outside": "个图形在城市（或中国）范围之外，请核对坐标系 shapes lie outside the city (or China): check the CRS",
        "absent": "行同一来源的数据文件中已没有，予以保留 rows of this source are gone from the file, and stay",
    }
    lines = [f"{getattr(done, name)} {sentence}" for name, sentence in said.items() if getattr(done, name) > 0]
    for name, found in done.strange.items():
        if name in done.mostly_strange:
            continue
        listed = "、".join(f"{value} ({count})" for value, count in found.most_common(10))
        lines.append(f"{name} 有 {len(found)} 种值不在代码表中，原样保留 values on no code list, kept: {listed}")
    return lines


def strangers(done: Outcome) -> list[str]:
    """What to look at twice: doubts about where it lies, and columns most of whose values are on no code list."""
    said = [f"{doubt.zh} {doubt.en}" for doubt in done.doubts]
    for name in done.mostly_strange:
        found, words = done.strange[name], done.allowed[name]
        listed = "、".join(f"{value} ({count})" for value, count in found.most_common(10))
        said.append(
            f"! {name} 的多数值（{found.total()} / {done.filled[name]}）不在代码表中，地图上无法按类别显示：{listed}。"
            f"代码表有：{words}；请核对字段，或在映射文件 [values.{name}] 中对应。 "
            f"Most values of {name} are on no code list: check the field, or add [values.{name}] to a mapping."
        )
    return said
