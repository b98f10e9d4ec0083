#!/usr/bin/env bash
# Make .venv-ogctests from setup/ogctests.lock, every hash checked, or leave it: the OGC's tests want older libraries than ours.
# The lock is what `uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-package pyarrow`
# makes of ogctests 0.1.15. It names pyarrow 17, never imports it, and there is none for a Python newer than 3.12.
set -euo pipefail

lock=setup/ogctests.lock venv=.venv-ogctests
if cmp -s "$lock" "$venv/.lock"; then exit; fi
rm -rf "$venv"
.venv/bin/python -m venv --without-pip "$venv" # a pip of its own would be half the time
setup/install.sh "$lock" "$venv/bin/python" --no-deps
cp "$lock" "$venv/.lock"
