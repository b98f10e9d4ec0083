"""Every sentence of the pages is there in English, and the compiled catalogue is the one that its source says."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from frontend.ask_words import ASK_WORDS
from frontend.field_words import FIELD_WORDS
from frontend.import_words import WORDS as IMPORT_WORDS
from frontend.words import WORDS

ROOT = Path(__file__).resolve().parents[2] / "frontend"
SAID = {
    text
    for folder in (ROOT, ROOT.parent / "config")
    for page in folder.glob("templates/**/*.html")
    for text in re.findall(r'translate "([^"]+)"', page.read_text(encoding="utf-8"))
}
TOLD = {str(word) for words in (WORDS, FIELD_WORDS, IMPORT_WORDS, ASK_WORDS) for word in words.values()}


@pytest.mark.parametrize("text", sorted(SAID | TOLD))
def test_it_is_said_in_english(text: str) -> None:
    with translation.override("en"):
        english = gettext(text)
    assert english != text
    assert not re.search(r"[\u4e00-\u9fff]", english)
    assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", text))


@pytest.mark.parametrize(("language", "folder", "least"), [("en", "en", 40), ("zh-hans", "zh_Hans", 30)])
def test_the_catalogue_is_compiled_from_its_source(language: str, folder: str, least: int) -> None:
    source = (Path(settings.LOCALE_PATHS[0]) / folder / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8")
    pairs = re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', source, re.MULTILINE)
    assert len(pairs) > least
    with translation.override(language):
        assert [(text, gettext(text)) for text, _ in pairs] == pairs
