"""Code lists: what ships is sound and agrees with the standards' marks; faults name file and line; loading repeats."""

import io
import re
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from gis import codelists, codes
from gis.codelists import CodeRow, read_folder, read_patterns
from gis.errors import Invalid
from gis.management.commands.load_codes import SHIPPED
from gis.models import Code, CodePattern

A, B, CJJ = "CJ/T 214-2007", "GB/T 30428.2-2013", "CJJ 61-2017"
HEAD = ",".join(codelists.COLUMNS)


@pytest.fixture(scope="module")
def shipped():
    return read_folder(SHIPPED)[0]


def names(rows, list_name, edition):
    return {row.code: row.name for row in rows if (row.list, row.edition) == (list_name, edition)}


def test_the_numbers_the_standards_give(shipped):
    count = Counter((row.list, row.edition) for row in shipped)
    assert count["pipe-category", CJJ] == 8
    assert count["pipe-material", CJJ] == 15
    assert count["pipe-burial", CJJ] == 13
    assert count["pipe-status", CJJ] == 4
    assert count["pipe-subcategory", CJJ] == 37
    national = Counter(
        (row.list, row.edition) for row in shipped if len(row.code) == 4 and "local" not in row.attributes
    )
    assert national["component-class", B] == national["event-class", B] == 66
    assert (national["component-class", A], national["event-class", A]) == (85, 54)
    local = Counter(row.list for row in shipped if row.edition == B and "local" in row.attributes)
    assert local == {"component-class": 26, "event-class": 32}


@pytest.mark.parametrize(("list_name", "name", "old", "new"), [
    ("component-class", "路灯", "0118", "0137"), ("component-class", "监控电子眼", "0136", "0150"),
    ("component-class", "报刊亭", "0121", "0140"), ("component-class", "路名牌", "0213", "0212"),
    ("component-class", "交通护栏", "0211", "0217"), ("component-class", "护树设施", "0403", "0404"),
    ("component-class", "宣传栏", "0501", "0308"), ("event-class", "道路不洁", "0104", "0112"),
    ("event-class", "突发事件", "04", "05"), ("event-class", "街面秩序", "05", "04"),
    ("event-class", "无照经营游商", "0501", "0401"), ("event-class", "露天烧烤", "0510", "0129"),
    ("event-class", "热力管道破裂", "0405", "0504"),
])  # fmt: skip
def test_editions_give_one_name_two_codes(shipped, list_name, name, old, new):
    assert names(shipped, list_name, A)[old] == names(shipped, list_name, B)[new] == name


def test_classes_hang_on_their_first_two_digits(shipped):
    for row in shipped:
        if row.list in ("component-class", "event-class"):
            assert row.parent == (row.code[:2] if len(row.code) == 4 else "")


def test_pipe_features_follow_the_rule_of_their_digits(shipped):
    numbers = {row.code: (row.attributes["category"], row.attributes["number"])
               for row in shipped if row.list == "pipe-subcategory"}  # fmt: skip
    category = {row.code: row.attributes["number"] for row in shipped if row.list == "pipe-category"}
    features = [row for row in shipped if row.list == "pipe-feature"]
    assert len(features) == 375
    for row in features:
        parts = codes.FeatureCode(row.code).parts
        assert parts["category"] == category[row.attributes["category"]]
        if sub := row.attributes.get("subcategory"):
            assert numbers[sub] == (row.attributes["category"], parts["subclass"])
    named = {row.code: row.name for row in features}
    assert (named["51022203"], named["52012205"], named["51990000"]) == ("阀门", "雨水井", "其他")


def test_aliases_mean_codes_that_exist(shipped):
    categories = names(shipped, "pipe-category", CJJ)
    subs = {row.code: row.attributes["category"] for row in shipped if row.list == "pipe-subcategory"}
    old = {row.code: row.attributes for row in shipped if row.list == "pipe-alias"}
    assert old["DX"] == {"category": "TX"} and old["TR"] == {"category": "RQ", "subcategory": "TR"}
    for meant in old.values():
        assert meant["category"] in categories
        assert "subcategory" not in meant or subs[meant["subcategory"]] == meant["category"]


def test_facilities_name_classes_of_both_editions(shipped):
    known = {edition: names(shipped, "component-class", edition) for edition in (A, B)}
    for row in shipped:
        for edition, code in row.attributes.get("class_code", {}).items():
            assert code in known[edition], (row.code, edition, code)


KINDS = ("facility-kind", "road-kind", "building-use", "landuse-kind", "water-kind")


@pytest.mark.parametrize("list_name", KINDS)
def test_a_word_has_one_meaning_in_a_list(shipped, list_name):
    rows = [row for row in shipped if row.list == list_name]
    tags = [tag for row in rows for tag in row.attributes.get("osm", ())]
    words = [word for row in rows for word in (row.code, row.name, *row.attributes.get("also", ()))]
    assert [word for word, n in Counter(tags).items() if n > 1] == []
    assert [word for word, n in Counter(words).items() if n > 1] == []
    assert all(re.fullmatch(r"[a-z_]+=([a-z_]+|\*)", tag) for tag in tags)


@pytest.mark.parametrize(("list_name", "word", "code"), [
    ("facility-kind", "amenity=toilets", "toilet"), ("facility-kind", "toilets", "toilet"),
    ("facility-kind", "公厕", "toilet"), ("facility-kind", "bus_stop", "bus-stop"), ("facility-kind", "shop=*", "shop"),
    ("facility-kind", "subway_entrance", "metro-entrance"), ("facility-kind", "燃气井盖", "manhole"),
    ("facility-kind", "污水井盖", "manhole"), ("road-kind", "primary_link", "arterial"),
    ("road-kind", "主干道", "arterial"), ("road-kind", "residential", "lane"),
    ("building-use", "apartments", "residential"), ("landuse-kind", "recreation_ground", "recreation"),
    ("water-kind", "riverbank", "river"),
])  # fmt: skip
def test_words_of_importers_lead_to_codes(shipped, list_name, word, code):
    assert codelists.vocabulary(shipped, list_name)[word] == code


@pytest.mark.parametrize("list_name", KINDS)
def test_a_code_means_itself(shipped, list_name):
    words = codelists.vocabulary(shipped, list_name)
    assert all(words[row.code] == row.code == words[row.name.lower()] for row in shipped if row.list == list_name)


def test_every_list_says_where_it_comes_from(shipped):
    told = (SHIPPED / "README.md").read_text(encoding="utf-8")
    for row in shipped:
        assert f"`{row.list}`" in told and row.edition in told


def test_patterns_are_those_of_the_code():
    assert read_patterns(SHIPPED / "patterns.csv") == [kind.SCHEME for kind in codes.KINDS]


@pytest.mark.parametrize(("lines", "said"), [
    (["a,1,x,,甲,,,,"] * 2, r"bad\.csv:3：与 bad\.csv:2 重复"),
    (["a,1,x,y,甲,,,,"], "没有上级代码“y”"),
    (["a,1,x,y,甲,,,,", "a,1,y,x,乙,,,,"], "成环"),
    (["a,1,x,x,甲,,,,"], "成环"),
    (["a,1,,,甲,,,,"], r"bad\.csv:2：缺少 code"),
    (["a,1,x,,,,,,"], "缺少 name"),
    (["a,1,x,,甲,,,red,"], "颜色“red”"),
    (["a,1,x,,甲,,,,{"], "attributes 不是 JSON"),
    (["a,1,x,,甲,,,,[1]"], "attributes 应为 JSON 对象"),
    (["a,1,x,,甲"], "应有 9 列"),
    (["a,1,x,,甲,,,,,z"], "应有 9 列"),
    ([f"a,1,{'x' * 41},,甲,,,,"], "code 超过 40 字"),
    (['a,1,"x'], "无法读取"),
])  # fmt: skip
def test_a_fault_is_named_with_file_and_line(tmp_path: Path, lines, said):
    file = tmp_path / "bad.csv"
    file.write_text("\n".join([HEAD, *lines]), encoding="utf-8")
    with pytest.raises(Invalid, match=said):
        read_folder(tmp_path)


def test_other_faults_of_files(tmp_path: Path):
    with pytest.raises(Invalid, match="没有代码表"):
        read_folder(tmp_path)
    file = tmp_path / "bad.csv"
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(Invalid, match="表头"):
        read_folder(tmp_path)
    file.write_bytes(HEAD.encode() + b"\n\xd6\xd0,1,x,,y,,,,\n")
    with pytest.raises(Invalid, match="无法读取"):
        read_folder(tmp_path)
    file.write_text("scheme,pattern,title,title_en\ngrid,[,格,\n", encoding="utf-8")
    with pytest.raises(Invalid, match="编码规则 grid"):
        read_patterns(file)
    file.write_text("scheme,pattern,title,title_en\ng,1,格,\ng,1,格,\n", encoding="utf-8")
    with pytest.raises(Invalid, match="重复"):
        read_patterns(file)


# --- in the database ----------------------------------------------------------------------------------------------


def load(*args):
    out = io.StringIO()
    call_command("load_codes", *args, stdout=out)
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path):
    def write(*lines):
        (tmp_path / "list.csv").write_text("\n".join([HEAD, *lines]), encoding="utf-8")
        return tmp_path

    return write


@pytest.mark.django_db
def test_loading_twice_changes_nothing(shipped):
    load()
    first = set(Code.objects.values_list("pk", "name"))
    assert Code.objects.count() == len(shipped)
    assert f"0 added, 0 changed, {len(shipped)} unchanged" in load()
    assert set(Code.objects.values_list("pk", "name")) == first


@pytest.mark.django_db
def test_loading_adds_corrects_and_never_deletes(folder):
    Code.objects.all().delete()
    assert "2 added" in load(folder("a,1,x,,甲,,,,", "a,1,y,x,乙,,,,"))
    Code.objects.create(list="a", edition="1", code="ours", name="本市")
    said = load(folder('a,1,x,,甲改,First,J,#112233,"{""n"": 1}"', "a,1,z,x,丙,,,,"))
    assert "1 added, 1 changed, 0 unchanged, 2 others kept" in said
    assert set(Code.objects.values_list("code", "name")) == {
        ("x", "甲改"), ("y", "乙"), ("z", "丙"), ("ours", "本市"),
    }  # fmt: skip
    assert Code.objects.get(code="x").attributes == {"n": 1}


@pytest.mark.django_db
def test_a_fault_changes_nothing(folder):
    before = Code.objects.count()
    with pytest.raises(CommandError, match=r"list\.csv:3"):
        load(folder("a,1,new,,甲,,,,", "a,1,new,,甲,,,,"))
    assert Code.objects.count() == before


@pytest.mark.django_db
def test_a_pattern_the_city_set_stays():
    CodePattern.objects.update_or_create(scheme="grid", defaults={"pattern": "[0-9]{16}", "title": "网格"})
    load()
    assert CodePattern.objects.get(scheme="grid").pattern == "[0-9]{16}"
    assert set(CodePattern.objects.values_list("scheme", flat=True)) >= {kind.SCHEME.name for kind in codes.KINDS}


@pytest.mark.django_db
def test_without_tables_it_says_migrate(monkeypatch):
    monkeypatch.setattr(Code._meta, "db_table", "not_made_yet")
    with pytest.raises(CommandError, match=r"not_made_yet.*migrate"):
        load()


@pytest.mark.django_db
@pytest.mark.parametrize("kind", codes.KINDS, ids=lambda k: k.__name__)
def test_postgres_reads_the_patterns_alike(kind):
    good = next(row for row in EXAMPLES if kind.SCHEME.holds(row))
    probes = [good, good[:-1], good + "0", good + "\n", "٣" + good[1:], "", "x"]
    with connection.cursor() as cursor:
        cursor.execute("select p ~ ('^(?:' || %s || ')$') from unnest(%s::text[]) p", [kind.SCHEME.pattern, probes])
        assert [hit for (hit,) in cursor.fetchall()] == [kind.SCHEME.holds(probe) for probe in probes]


EXAMPLES = (
    "110105001002003", "3205080101000001", "110105001002", "4403040010020300001", "4403040010020300001000101",
    "11010101020200109000003", "110105001002GB00001F00010001", "34020000001320000101", "51022203",
)  # fmt: skip


def test_a_row_is_known_by_list_edition_and_code():
    assert CodeRow("a", "1", "x", "", "甲").key == ("a", "1", "x")
