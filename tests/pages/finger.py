"""A finger on the glass, as Chromium is told of one."""

from __future__ import annotations

from playwright.sync_api import Page


def hold(page: Page, x: float, y: float) -> None:
    """It rests there until the sheet comes, and is lifted."""
    wire = page.context.new_cdp_session(page)
    wire.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    page.wait_for_selector("#card:not([hidden])")
    wire.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
