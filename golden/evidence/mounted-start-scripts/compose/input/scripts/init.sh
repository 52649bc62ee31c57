#!/bin/sh
mkdir -p /var/backups/pg
psql -U postgres -c 'CREATE DATABASE app' > /var/backups/pg/init.log
