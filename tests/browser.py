"""The browser of the tests: Chromium without a frame of its own, which opens pages at half the cost, else the whole."""

import os
import shutil

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
