#!/usr/bin/env bash
# Writes the account file, then becomes PgBouncer.
set -euo pipefail
umask 077
printf '"chengtu" "%s"\n' "$POSTGRES_PASSWORD" >/tmp/users.txt
cat >/tmp/pgbouncer.ini <<INI
[databases]
chengtu = host=${PRIMARY:-db} port=5432 dbname=chengtu
[pgbouncer]
listen_addr = 0.0.0.0
listen_port = 6432
auth_type = scram-sha-256
auth_file = /tmp/users.txt
pool_mode = transaction
default_pool_size = 20
server_login_retry = 1
query_wait_timeout = 10
ignore_startup_parameters = extra_float_digits,options
INI
exec pgbouncer /tmp/pgbouncer.ini
