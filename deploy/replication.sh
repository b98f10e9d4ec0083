#!/usr/bin/env bash
# Run once, when the database is made: lets a replica of the same network follow with the database's own account.
set -euo pipefail
echo "host replication chengtu samenet scram-sha-256" >>"$PGDATA/pg_hba.conf"
