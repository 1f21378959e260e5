#!/bin/sh
# Makes the source with its sample rows and the catalog on the first start, then serves. Interrupted, it starts over.
set -eu
data=/var/lib/postgresql/data new=/var/lib/postgresql/new
if [ ! -d "$data" ]; then
  rm -rf "$new"
  umask 077
  printf '%s' "$POSTGRES_PASSWORD" >/tmp/password
  initdb --pgdata="$new" --username=postgres --pwfile=/tmp/password --encoding=UTF8 --locale=C.UTF-8 \
    --auth-local=trust --auth-host=scram-sha-256 >/tmp/initdb.log
  rm /tmp/password
  pg_ctl --pgdata="$new" --wait --options="-c listen_addresses='' -c unix_socket_directories=/tmp" start >/dev/null
  psql() { command psql --host=/tmp --username=postgres --no-psqlrc --quiet --set=ON_ERROR_STOP=1 "$@"; }
  psql --set=password="$POSTGRES_PASSWORD" --file=/setup/roles.sql
  psql --dbname=gourmetgram --single-transaction --file=/setup/sample.sql
  psql --dbname=gourmetgram --command='GRANT SELECT ON ALL TABLES IN SCHEMA public TO stockpot_reader'
  pg_ctl --pgdata="$new" --wait --mode=fast stop >/dev/null
  echo "host all all all scram-sha-256" >>"$new/pg_hba.conf"
  mv "$new" "$data"
fi
exec postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories=/tmp -c max_connections=300
