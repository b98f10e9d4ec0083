#!/usr/bin/env bash
# A streaming replica: copies the primary once, then follows it. Its data is deleted by `docker volume rm` to begin anew.
set -euo pipefail

data=/var/lib/postgresql/data/copy
if [ ! -s "$data/PG_VERSION" ]; then
    rm -rf "$data"
    pg_basebackup -D "$data" -h "$PRIMARY" -U chengtu -R -X stream -c fast
    chmod 700 "$data"
fi
exec postgres -D "$data" -c hot_standby=on -c hot_standby_feedback=on -c wal_receiver_status_interval=1s
