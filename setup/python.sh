#!/usr/bin/env bash
# Make .venv from a lock file, every hash checked: `setup/python.sh requirements.lock`.
set -euo pipefail

lock=$1
# The distribution's is compiled by profile; one that somebody built may take a tenth more for the same (decision 0064).
for name in {/usr/bin/,}python3{.13,.12,.11,}; do
    if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$name
        break
    fi
done
if [ -z "${python:-}" ]; then
    echo "需要 Python 3.11 或更新版本及其 venv 模块 / Python 3.11 or newer with its venv module is needed." >&2
    exit 1
fi
[ -x .venv/bin/python ] || "$python" -m venv .venv
setup/install.sh "$lock" .venv/bin/python
# An installer would compile on one processor. Some packages carry files that no Python of today reads.
.venv/bin/python -m compileall -qq -j 0 .venv/lib >/dev/null || true
