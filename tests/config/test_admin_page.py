"""The admin in a real browser under the strict policy: no complaint in the console, no request to another host."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import sync_playwright

from tests.browser import CHROMIUM


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: set CHROMIUM to its path")
def test_admin_works_under_the_policy(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Playwright runs an event loop in this thread, and Django refuses its ORM beside one.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    get_user_model().objects.create_superuser("root", password="ct-test-0")
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith(server) else complaints.append(asked.url))
        page.goto(server + "/admin/")
        page.fill("#id_username", "root")
        page.fill("#id_password", "ct-test-0")
        page.click("[type=submit]")
        page.wait_for_selector("#user-tools")
        for path in ("auth/user/", "auth/user/add/", "auth/group/add/"):
            page.goto(f"{server}/admin/{path}")
            assert page.locator("#content").is_visible()
        page.goto(server + "/admin/")
        tables = page.locator("#content-main th[scope=row] a").evaluate_all("all => all.map(a => a.href)")
        for table in tables:
            page.goto(table)
            assert page.locator("#content").is_visible()
        browser.close()
    assert complaints == []
