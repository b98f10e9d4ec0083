"""Signing in: guessing takes time, sessions are new, nobody is led elsewhere, and no text breaks the door."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client

from config import sign_in

pytestmark = pytest.mark.django_db
PASSWORD = "long-and-odd-7"


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    sign_in._failures.clear()
    yield
    sign_in._failures.clear()


@pytest.fixture
def planner(settings: object) -> User:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return User.objects.create_user("planner", password=PASSWORD, is_staff=True)


def attempt(client: Client, name: str, password: str, page: str = "/accounts/login/") -> int:
    return client.post(page, {"username": name, "password": password, "next": "/map"}).status_code


@pytest.mark.parametrize("page", ["/accounts/login/", "/admin/login/"])
def test_a_name_that_fails_often_has_to_wait(client: Client, planner: User, page: str) -> None:
    assert [attempt(client, "planner", f"guess{n}", page) for n in range(sign_in.MOST)] == [200] * sign_in.MOST
    for spelling, password in (("planner", PASSWORD), ("Planner", "x"), ("planner", "x")):
        assert attempt(client, spelling, password, page) == 429
    assert attempt(client, "someone else", "x", page) == 200
    sign_in._failures.clear()  # five minutes later
    assert attempt(client, "planner", PASSWORD, page) == 302


def test_the_refusal_says_what_to_do(client: Client, planner: User) -> None:
    sign_in._failures["planner"] = sign_in.MOST
    said = client.post("/accounts/login/", {"username": "planner", "password": PASSWORD}).content.decode()
    assert "五分钟后再试" in said
    assert "Too many failed attempts" in said


def test_getting_in_forgets_the_failures(client: Client, planner: User) -> None:
    for _ in range(2):
        for n in range(sign_in.MOST - 1):
            assert attempt(client, "planner", f"guess{n}") == 200
        assert attempt(client, "planner", PASSWORD) == 302
        client.logout()


def test_a_session_planted_before_is_not_the_one_after(client: Client, planner: User) -> None:
    client.cookies["sessionid"] = "f" * 32
    attempt(client, "planner", PASSWORD)
    assert client.cookies["sessionid"].value != "f" * 32
    assert client.cookies["sessionid"]["httponly"]


@pytest.mark.parametrize("place", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_nobody_is_led_elsewhere(client: Client, planner: User, place: str) -> None:
    form = {"username": "planner", "password": PASSWORD, "next": place}
    assert client.post("/accounts/login/", form)["Location"] == "/map"
    for page in ("/i18n/setlang/", f"/i18n/setlang/?next={place}"):
        assert "evil" not in client.post(page, {"language": "en", "next": place}).get("Location", "")


@pytest.mark.parametrize(
    ("path", "cookie"),
    [
        ("/p/%00", ""),
        ("/p/a%00b", ""),
        ("/api/search?q=%00", ""),
        ("/api/manifest?x=%00", ""),
        ("/admin/spatial/address/?source=%00", ""),
        ("/api/manifest", r'sessionid="\000\000\000\000\000\000\000\000\000"'),
        ("/map", r'audience="\000"; csrftoken="\000"'),
    ],
)
def test_a_nul_is_refused_before_it_meets_the_database(path: str, cookie: str) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("root", password="x"))
    if cookie:
        client.cookies.clear()
    answer = client.get(path, **({"HTTP_COOKIE": cookie} if cookie else {}))
    assert answer.status_code == 400
    assert "请求有误" in answer.content.decode()


@pytest.mark.parametrize("path", ["/api/search?q=%00", "/api/at?lon=1&q=a%00", "/ogc/collections/roads/items?q=%00"])
def test_a_question_with_a_nul_is_told_in_which_parameter(path: str) -> None:
    said = Client().get(path).content.decode()
    assert "参数 q 含空字符" in said
    assert "parameter q has a zero character" in said


@pytest.mark.parametrize(
    "path",
    [
        f"/p/{'9' * 5000}",
        "/p/%ff%fe",
        "/p/%ED%A0%80",
        f"/api/features/buildings/{'9' * 30}",
        f"/api/features/buildings/{'9' * 5000}",
        "/api/search?q=%ff&lon=1e400&lat=0",
        "/api/search?q=a&lon=180&lat=-90",
        f"/api/search?q=a&{'&'.join(f'a{n}=1' for n in range(1001))}",
        f"/ogc/collections?{'&'.join(f'a{n}=1' for n in range(1001))}",
        f"/map?{'&'.join(f'a{n}=1' for n in range(1001))}",
        "/map?lang=%ff",
        "/?%0d%0aX-Y:1",
    ],
)
def test_odd_requests_are_no_faults_of_ours(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code < 500
    assert "X-Y" not in answer.headers
