"""The environment: nonsense is refused with a sentence that names the variable."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import env, parsers
from config.parsers import Bounds, Refused
from config.spelling import misspelt, slip
from tests.config.front_door import folder, free_port, manage

KEY = "0123456789" * 6


@pytest.fixture
def base(tmp_path: Path) -> dict[str, str]:
    return {"VAR": str(tmp_path / "var")}


def test_defaults_serve_this_machine_only(base: dict[str, str]) -> None:
    value = env.read(base)
    assert (value.host, value.port, value.demo, value.debug, value.embedded) == ("127.0.0.1", 8000, False, False, True)
    assert value.loopback


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "八千"),
        ("PORT", "８０００"),
        ("PORT", "80.5"),
        ("HOST", "example"),
        ("HOST", "300.1.1.1"),
        ("HOST", "0.0.0.0"),  # open to all, and no ALLOWED_HOSTS
        ("DATABASE_URL", "mysql://u:p@h/d"),
        ("DATABASE_URL", "postgresql://u:p@h:port/d"),
        ("DATABASE_URL", "postgresql://u:p@h:5432"),
        ("DATABASE_URL", "postgresql://u:p@h/d?nonsense=1"),
        ("DATABASE_URL", "postgresql://u:p@h:1,g:2,f:3,e/d"),
        ("DATABASE_URL", "postgresql://u:p@h,g/d?port=1,2,3"),
        ("DATABASE_POOL_URL", "postgresql://u:p@h/d"),  # of which database?
        ("DATABASE_READ_URL", "postgresql://u:p@h/d"),
        ("DATABASE_READ_URL", "http://h"),
        ("REDIS_URL", "http://h"),
        ("REDIS_URL", "redis://"),
        ("REDIS_URL", "redis://h:port"),
        ("REDIS_URL", "redis://h:6379/first"),
        ("REDIS_URL", "unix:relative"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 60),
        ("FIELD_KEY", "not a key"),
        ("DEMO", "maybe"),
        ("DEBUG", "*"),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", "http://a.example"),
        ("ALLOWED_HOSTS", "a.example:80"),
        ("PUBLIC_URL", "map.example"),
        ("PUBLIC_URL", "https://map.example/city"),
        ("CITY_NAME", "a\nb"),
        ("APPROVAL_NUMBER", "x" * 101),
        ("HOTLINE", "call 12345"),
        ("CITY_BOUNDS", "1,2,3"),
        ("CITY_BOUNDS", "122,31,121,32"),
        ("CITY_BOUNDS", "121,31,nan,32"),
        ("CITY_BOUNDS", "121,31,122,91"),
        ("CITY_LANGUAGE", "fr"),
        ("LOCAL_GRIDS", "/no/such/file.toml"),
        ("IMPORT_LIMIT_MB", "0"),
        ("IMPORT_LIMIT_MB", "2 GB"),
        ("EXPORT_KM2", "-1"),
        ("SURVEY_LIMITS", "depth=18"),
        ("SURVEY_LIMITS", "deepest_m=18,deepest_m=20"),
        ("SURVEY_LIMITS", "deepest_m=nan"),
    ],
)
def test_nonsense_is_refused_by_name(base: dict[str, str], name: str, text: str) -> None:
    with pytest.raises(Refused) as refused:
        env.read({**base, name: text})
    sentence = str(refused.value)
    assert name in sentence or "ALLOWED_HOSTS" in sentence
    assert " / " in sentence
    assert "\n" not in sentence


def test_a_refusal_never_quotes_the_password(base: dict[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        env.read({**base, "DATABASE_URL": "postgresql://u:hunter2@h:port/d"})
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("DATABASE_URL", "postgresql://u:p@a:5432,b:5433/d?target_session_attrs=read-write"),
        ("DATABASE_URL", "postgresql://u:p@a,b/d?target_session_attrs=read-write"),
        ("DATABASE_URL", "postgresql://u@/d?host=%2Frun%2Fa,%2Frun%2Fb"),
        ("REDIS_URL", "redis://:pw@h:6379/1"),
        ("REDIS_URL", "rediss://h"),
        ("REDIS_URL", "unix:///run/redis.sock"),
    ],
)
def test_more_than_one_machine_can_be_named(base: dict[str, str], name: str, text: str) -> None:
    assert getattr(env.read({**base, name: text}), name.lower()) == text


def test_limits_are_read_by_name(base: dict[str, str]) -> None:
    said = env.read({**base, "SURVEY_LIMITS": "deepest_m=18, sliver_m=0.5"})
    assert dict(said.survey_limits) == {"deepest_m": 18.0, "sliver_m": 0.5}
    assert "deepest_m=18,sliver_m=0.5" in said.table()


@pytest.mark.parametrize("name", ["PROT", "POTR", "ALLOWED_HOST", "DATABASE_ULR", "REDIS_URI", "DEMOO"])
def test_a_slip_of_the_pen_is_told(name: str) -> None:
    [sentence] = misspelt({name: "1", "PORT": "2", "HOSTNAME": "h", "PATH": "/", "LANGUAGE": "en"}, env.NAMES)
    assert name in sentence
    assert " / " in sentence


@given(st.text("ABC", max_size=5), st.text("ABC", max_size=5))
def test_a_slip_works_both_ways_and_is_no_likeness(one: str, other: str) -> None:
    assert slip(one, other) == slip(other, one)
    assert not slip(one, one)


def test_the_server_tells_of_a_slip() -> None:
    with folder() as var:
        for words in (("settings",), ("serve", "--check-port")):
            told = manage(*words, VAR=str(var), PORT=str(free_port()), PROT="8000")
            assert told.returncode == 0
            assert "PROT" in told.stderr


@pytest.mark.parametrize("name", ["DEMO", "DEBUG"])
def test_demo_and_debug_stay_on_this_machine(base: dict[str, str], name: str) -> None:
    assert getattr(env.read({**base, name: "1"}), name.lower())
    with pytest.raises(Refused, match=name):
        env.read({**base, name: "1", "HOST": "0.0.0.0", "ALLOWED_HOSTS": "map.example"})


def test_keys_are_made_once_and_belong_to_their_owner(base: dict[str, str]) -> None:
    first, second = env.read(base), env.read(base)
    assert first == second
    assert first.secret_key != first.field_key
    for path in (first.var / "secrets").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {path.name for path in (first.var / "secrets").iterdir()} == {"secret_key", "field_key"}


def test_given_values_are_understood(base: dict[str, str]) -> None:
    value = env.read({**base, "CITY_BOUNDS": "121.4, 31.2, 121.6, 31.3", "ALLOWED_HOSTS": "a.example, b.example"})
    assert value.city_bounds == Bounds(121.4, 31.2, 121.6, 31.3)
    assert value.allowed_hosts == ("a.example", "b.example")


def test_an_empty_variable_is_unset(base: dict[str, str]) -> None:
    assert env.read({**base, "PORT": " ", "CITY_BOUNDS": ""}).port == 8000


def test_the_table_masks_every_secret(base: dict[str, str]) -> None:
    given = {"SECRET_KEY": KEY, "DATABASE_URL": "postgresql://me:hunter2@db/town"}
    value = env.read({**base, **given})
    table = value.table()
    assert KEY not in table
    assert value.field_key not in table
    assert "hunter2" not in table
    assert "host=db" in table
    shared = env.read({**base, "REDIS_URL": "redis://:hunter2@store:6379/0"}).table()
    assert "hunter2" not in shared
    assert "@store:6379/0" in shared


def test_the_command_prints_the_table_and_refuses_in_one_line() -> None:
    with folder() as var:
        shown = manage("settings", VAR=str(var), CITY_NAME="示例镇")
        assert "示例镇" in shown.stdout
        refused = manage("settings", VAR=str(var), PORT="x")
        assert refused.returncode != 0
        assert refused.stderr.count("\n") == 1
        assert "PORT" in refused.stderr


@given(st.text(max_size=20))
def test_any_text_is_a_port_or_refused(text: str) -> None:
    try:
        port = parsers.port("PORT", text)
    except Refused:
        return
    assert 1 <= port <= 65535


@given(st.text(max_size=40))
def test_any_text_is_a_box_or_refused(text: str) -> None:
    try:
        box = parsers.bounds("CITY_BOUNDS", text)
    except Refused:
        return
    assert box.west < box.east
    assert box.south < box.north


@pytest.mark.parametrize(
    ("hosts", "private"), [("", True), ("localhost,127.0.0.1,[::1]", True), ("map.example", False)]
)
def test_an_outside_name_means_a_proxy_on_this_machine(base: dict[str, str], hosts: str, private: bool) -> None:
    assert env.read(base | {"ALLOWED_HOSTS": hosts}).private is private


@pytest.mark.parametrize("name", ["DEMO", "DEBUG"])
def test_nothing_for_one_machine_is_on_behind_an_outside_name(base: dict[str, str], name: str) -> None:
    with pytest.raises(Refused, match=f"{name}.*map.example"):
        env.read(base | {"ALLOWED_HOSTS": "map.example", name: "1"})
