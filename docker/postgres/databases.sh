#!/bin/bash
# Run by the image of PostgreSQL when its data folder is empty: one role, and one database for every service.
set -euo pipefail
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set password="$(cat /run/secrets/wenming-password)" <<'SQL'
CREATE ROLE wenming LOGIN PASSWORD :'password';
SQL
# Text must sort by bytes, as it does in SQLite; Wenming refuses other databases.
for service in identity volunteer inspection hotline publicity dashboard; do
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<SQL
CREATE DATABASE wenming_$service OWNER wenming TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';
REVOKE ALL ON DATABASE wenming_$service FROM PUBLIC;
SQL
done
