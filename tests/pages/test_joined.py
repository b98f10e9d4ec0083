"""The map's modules come as four files, two before the first picture, and none is there twice under its own name."""

from __future__ import annotations

import re

import pytest
from django.test import Client, override_settings

from frontend.joined import EXPORTED, FIRST, IMPORTED, PARTS, SCRIPTS, joined, places, source
from tests.pages.test_map import CENTRE, Begin


def test_the_first_picture_takes_two_modules(visit: Begin) -> None:
    view = visit()
    asked: list[str] = []
    view.page.on("request", lambda request: asked.append(request.url))
    page = view.open(f"/map{CENTRE}")
    page.wait_for_selector("#layer-list input", state="attached")  # page.js has come, and what it needs
    names = [url.rsplit("/", 1)[1] for url in asked if "/frontend/" in url and url.endswith(".js")]
    assert names[:2] == list(FIRST)
    assert set(names) == set(PARTS)
    assert not set(names) & set(places())
    assert len(names) == len(set(names))


@pytest.mark.parametrize("part", PARTS)
def test_every_import_and_export_is_understood(part: str) -> None:
    for module in PARTS[part]:
        lines = source(module).splitlines()
        assert len(IMPORTED.findall(source(module))) == sum(line.startswith("import ") for line in lines), module
        assert len(EXPORTED.findall(source(module))) == sum(line.startswith("export ") for line in lines), module
    text = joined(part)
    taken = re.findall(r"^import {(.+)} from", text, re.MULTILINE)
    names = re.findall(r"\w+", " ".join([*taken, text.rsplit("export {", 1)[1]]))
    assert len(names) == len(set(names)), "two modules of a file call different things by one name"
    assert set(re.findall(r'^import .* from "\./(.+)";$', text, re.MULTILINE)) <= set(PARTS) - {part}
    assert not re.search(r"^export (?!\{)", text, re.MULTILINE)


def test_no_exported_value_changes_later() -> None:
    # A joined module hands its exports out once; `export let` would be left behind.
    changing = re.compile("^export (let|var|class)", re.MULTILINE)
    assert not [path.name for path in SCRIPTS.glob("*.js") if changing.search(path.read_text(encoding="utf-8"))]


@pytest.mark.django_db
def test_whoever_develops_has_the_modules_as_written(client: Client) -> None:
    with override_settings(DEBUG=True):
        page = client.get("/map").content.decode()
    assert "importmap" not in page
    assert "frontend/paint.js" in page
    page = client.get("/map").content.decode()
    assert '<script type="importmap" nonce="' in page
    assert '<link rel="modulepreload" href' in page


def test_pages_without_a_map_of_imports_take_no_joined_file() -> None:
    """A joined file imports those before it, and with `main.js` the whole page of the map."""
    for script in (SCRIPTS / "back-office.js", *sorted((SCRIPTS / "import").glob("*.js"))):
        named = re.findall(r'from "\.\.?/([a-z-]+\.js)"', script.read_text(encoding="utf-8"))
        own = set(named) if script.name == "back-office.js" else set(named) - {p.name for p in script.parent.iterdir()}
        assert not own & set(PARTS), script.name
