#!/bin/bash
# Repairs owners and drops when root; makes the system tables at the first boot; becomes the server.
set -eo pipefail
data=/var/lib/mysql

make_tables() {
    local sql
    sql=$(mktemp)
    {
        echo "ALTER USER root@localhost IDENTIFIED BY '$MARIADB_ROOT_PASSWORD';"
        echo "CREATE DATABASE IF NOT EXISTS \`$MARIADB_DATABASE\`;"
        echo "CREATE USER '$MARIADB_USER'@'%' IDENTIFIED BY '$MARIADB_PASSWORD';"
        echo "GRANT ALL ON \`$MARIADB_DATABASE\`.* TO '$MARIADB_USER'@'%';"
    } > "$sql"
    mariadb-install-db --datadir="$data" --skip-test-db --auth-root-authentication-method=normal >/dev/null
    mariadbd --skip-networking --socket=/run/mysqld/mysqld.sock &
    until mariadb-admin -uroot ping >/dev/null 2>&1; do sleep 0.2; done
    mariadb -uroot < "$sql"
    mariadb-admin -uroot -p"$MARIADB_ROOT_PASSWORD" shutdown
    wait
    rm -f "$sql"
}

case "$1" in -*) set -- mariadbd "$@" ;; esac
if [ "$1" = mariadbd ]; then
    mkdir -p "$data"
    if [ "$(id -u)" = 0 ]; then
        find "$data" \! -user mysql -exec chown mysql: '{}' +
        find /run/mysqld \! -user mysql -exec chown mysql: '{}' +
        exec gosu mysql "${BASH_SOURCE[0]}" "$@"
    fi
    [ -d "$data/mysql" ] || make_tables
fi
exec "$@"
