"""Test databases are copies of one migrated template, made once per state of the migrations."""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import psycopg2

from config import stack
from config.settings import database_from

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "perennial_template_"


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
    _run_sql(f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)', f'CREATE DATABASE "{target}" TEMPLATE "{template}"')


def _is_ready(name: str) -> bool:
    rows = _run_sql(f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{name}'")  # noqa: S608 our own name
    return rows == [("ready",)]


def _make(name: str) -> None:
    _run_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    environment = {**os.environ, "DATABASE_NAME": name, "DJANGO_SETTINGS_MODULE": "config.settings"}
    for command in (["createdb"], ["migrate", "--verbosity=0"]):
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True, capture_output=True
        )
    _run_sql(f"COMMENT ON DATABASE \"{name}\" IS 'ready'")


def _run_sql(*statements: str) -> list[tuple[object, ...]]:
    """Run statements outside a transaction, beside all databases; rows of the last one."""
    found = database_from(stack.database_url())
    connection = psycopg2.connect(
        dbname="postgres",
        user=found["USER"],
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
