#!/usr/bin/env bash
# Install what the distribution must give, once: `setup/system.sh run`, `test`, `bench`, `scale` or `qgis`.
# Nothing is installed that is there already; without root and sudo it says in one sentence what is missing.
set -euo pipefail

want=()
need() { # need <package> <test command...>: the package is wanted when the test fails
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || want+=("$package")
}
any() { compgen -G "$1"; }
suits() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
new_python() { # as in python.sh
    local name
    for name in {/usr/bin/,}python3{.13,.12,.11,}; do suits "$name" && return; done
    return 1
}
library() { ldconfig -p | grep "$1"; }

python_packages="python3 python3-venv"
if command -v python3 >/dev/null && ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    python_packages="python3.11 python3.11-venv" # Ubuntu 22.04: its own python3 is 3.10
fi
need "$python_packages" new_python
if [ "$(id -u)" = 0 ] && /usr/bin/python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    need python3-venv suits /usr/bin/python3 # one that somebody built may work a tenth more (decision 0064)
fi
need postgresql any '/usr/lib/postgresql/*/bin/postgres'
need postgresql-postgis any '/usr/share/postgresql/*/extension/postgis.control'
need postgresql-pgrouting any '/usr/share/postgresql/*/extension/pgrouting.control' # ways on foot; without it straight lines
need gdal-bin library libgdal.so
need gdal-bin library libgeos_c.so

if [ "${1:-run}" = test ]; then
    if [ -z "${CHROMIUM:-}" ]; then
        if grep -q '^ID=ubuntu' /etc/os-release; then # there "chromium" is a snap, which does not start in a container
            any '/usr/bin/chromium*' >/dev/null ||
                echo "Ubuntu 的 Chromium 是 snap:请自行安装并设 CHROMIUM=路径,否则跳过浏览器测试 /" \
                    "Chromium is a snap on Ubuntu: install one and set CHROMIUM=its path, or browser tests are skipped." >&2
        else
            need chromium-headless-shell command -v chromium-headless-shell # half the work of a whole one
        fi
    fi
    need libatomic1 library libatomic.so.1 # Playwright's own Node wants it
    need fonts-noto-cjk sh -c 'fc-list :lang=zh | grep .'
    need docker-compose sh -c 'command -v docker-compose || docker compose version'
    need redis-server command -v redis-server
    need nginx-light any '/usr/sbin/nginx'
    need libfaketime any '/usr/lib/*/faketime/libfaketimeMT.so.1'
fi
if [ "${1:-run}" = scale ]; then
    need pgbouncer any '/usr/sbin/pgbouncer'
    need redis-server command -v redis-server
    need nginx-light any '/usr/sbin/nginx'
    need wrk command -v wrk
fi
if [ "${1:-run}" = test ] || [ "${1:-run}" = qgis ]; then
    need python3-qgis any /usr/lib/python3/dist-packages/qgis/core
fi
if [ "${1:-run}" = bench ]; then
    need wrk command -v wrk
    need cgi-mapserver any '/usr/lib/cgi-bin/mapserv'
    need nginx-light any '/usr/sbin/nginx'
fi
[ ${#want[@]} -eq 0 ] && exit 0
read -ra packages <<<"$(printf '%s\n' "${want[@]}" | sort -u | tr '\n' ' ')"

if [ "$(id -u)" = 0 ]; then
    as_root=()
elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    as_root=(sudo)
else
    echo "缺少系统软件包,请管理员执行 / Ask an administrator to run: apt-get install ${packages[*]}" \
        "(或使用 / or use: docker compose up)" >&2
    exit 1
fi
if ! command -v apt-get >/dev/null; then
    echo "此系统没有 apt-get,请自行安装 PostgreSQL、PostGIS、GDAL、Python 3.11,或使用 docker compose up /" \
        "No apt-get here: install PostgreSQL, PostGIS, GDAL and Python 3.11 yourself, or use docker compose up." >&2
    exit 1
fi
echo "安装系统软件包 / Installing: ${packages[*]}"
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" >/dev/null; }
apt update
if ! apt install --no-install-recommends "${packages[@]}"; then
    # A package that only the tests like may be missing from a distribution; the rest must not fail with it.
    for package in "${packages[@]}"; do
        apt install --no-install-recommends "$package" ||
            case $package in
                chromium-headless-shell)
                    command -v chromium >/dev/null || apt install --no-install-recommends chromium ||
                        echo "未能安装 Chromium,浏览器测试将跳过 / Could not install Chromium: browser tests are skipped." >&2
                    ;;
                fonts-* | postgresql-pgrouting | docker-compose | redis-server | nginx-light | libfaketime | python3-qgis)
                    echo "未能安装 $package,相关测试将跳过 / Could not install $package: its tests are skipped." >&2
                    ;;
                *) exit 1 ;;
            esac
    done
fi
