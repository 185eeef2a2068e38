#!/bin/sh
# Records nasty.sql as an archive, its listing and its script: record.sh BINDIR DBNAME LABEL
# BINDIR holds the pg_dump and pg_restore to record with; DBNAME is a database nasty.sql was loaded into, on the
# server that the usual PG variables lead to; the files are nasty-LABEL.dump, .list and .script.
set -eu
bin=$1 db=$2 out=$(dirname "$0")/nasty-$3
"$bin"/pg_dump -Fc --section=pre-data --section=post-data -B -d "$db" -f "$out.dump"
"$bin"/pg_restore -l "$out.dump" | grep -v '^;' >"$out.list"
"$bin"/pg_restore -f - --verbose "$out.dump" >"$out.script" 2>/dev/null
