#!/usr/bin/env bash
# Install a lock file, every hash checked, into an environment: `setup/install.sh requirements.lock .venv/bin/python [option…]`.
# uv takes a tenth of the time of pip; where it cannot be had, or does not reach what pip reaches, pip does it (decision 0056).
set -euo pipefail

lock=$1 python=$2
shift 2
how=(install -qq --disable-pip-version-check --require-hashes --no-compile) # -qq: no warnings about this machine's pip
uv=.venv/bin/uv
[ -x "$uv" ] || .venv/bin/pip "${how[@]}" -r setup/uv.lock 2>/dev/null || true
if [ ! -x "$uv" ] || ! "$uv" pip install --quiet --require-hashes --python "$python" "$@" -r "$lock" 2>/dev/null; then
    .venv/bin/pip --python "$python" "${how[@]}" "$@" -r "$lock"
fi
