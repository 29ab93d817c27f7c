"""Test databases are copies of one migrated template, made once per state of the migrations."""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import psycopg2

from config import stack
from config.environment import database_from

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "perennial_template_"
# In one process: each start of Python loads the whole product.
MAKES = """
import django
django.setup()
from django.core.management import call_command
call_command("createdb")
call_command("migrate", verbosity=0)
"""
# Waits, as a TRUNCATE does, for whoever still writes.
EMPTIES = """DO $$
DECLARE
    found record;
BEGIN
    SET LOCAL session_replication_role = replica;
    SET LOCAL synchronous_commit = off;
    FOR found IN SELECT oid::regclass AS name FROM pg_class WHERE relname IN ({tables}) AND relkind IN ('r', 'p') LOOP
        EXECUTE format('LOCK TABLE %s IN EXCLUSIVE MODE', found.name);
    END LOOP;
    FOR found IN
        SELECT oid::regclass AS name FROM pg_class
         WHERE relname IN ({tables}) AND (relkind = 'p' OR relkind = 'r' AND pg_relation_size(oid) > 0)
    LOOP
        EXECUTE format('DELETE FROM %s', found.name);
    END LOOP;
END $$"""


def fingerprint() -> str:
    """Changes with each migration of ours and with each package that brings some."""
    found = hashlib.sha256((ROOT / "requirements" / "base.txt").read_bytes())
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()[:12]


def template_database() -> str | None:
    """Name of the migrated template, made when it is missing; None with an external database."""
    if not stack.is_embedded():
        return None
    name = PREFIX + fingerprint()
    with (stack.data_folder() / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_ready(name):
            _make(name)
    return name


def clone_database(target: str) -> None:
    """A fresh copy of the template under that name; one that is there is dropped."""
    template = template_database()
    run_sql(f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)', f'CREATE DATABASE "{target}" TEMPLATE "{template}"')


def empty_database(name: str, tables: Collection[str]) -> None:
    """Deletes every row of those tables, whatever triggers and keys say.

    A TRUNCATE makes a new file for each table and each of its indexes, and there are thousands. The embedded database
    alone: it has the role that may switch triggers off.
    """
    listed = ", ".join(f"'{table}'" for table in sorted(tables))
    run_sql(EMPTIES.format(tables=listed), database=name, user="postgres")


def run_sql(*statements: str, database: str = "postgres", user: str = "") -> list[tuple[object, ...]]:
    """Run statements outside a transaction, beside all databases unless one is named; rows of the last one."""
    found = database_from(stack.database_url())
    connection = psycopg2.connect(
        dbname=database,
        user=user or found["USER"],
        host=found["HOST"],
        port=found["PORT"] or None,
        password=found["PASSWORD"],
    )
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []
    finally:
        connection.close()


def _is_ready(name: str) -> bool:
    rows = run_sql(f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{name}'")  # noqa: S608 our own name
    return rows == [("ready",)]


def _make(name: str) -> None:
    run_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    environment = {**os.environ, "DATABASE_NAME": name, "DJANGO_SETTINGS_MODULE": "config.settings"}
    subprocess.run([sys.executable, "-c", MAKES], cwd=ROOT, env=environment, check=True, capture_output=True)
    run_sql(f"COMMENT ON DATABASE \"{name}\" IS 'ready'")
