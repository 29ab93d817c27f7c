"""The embedded stack: PostgreSQL and Redis as real servers, unless DATABASE_URL and REDIS_URL name others.

Needs no Django: `config/settings.py` asks it for addresses. A server that runs already is found in a millisecond; one
that does not is started, under a lock, and outlives the caller. `stop()` ends both.
"""

import os
import secrets

from config.stack import postgres, redis
from config.stack.place import StackError, data_folder, locked, prepare

__all__ = [
    "SUPERVISED",
    "StackError",
    "data_folder",
    "database_url",
    "ensure",
    "is_embedded",
    "redis_url",
    "secret_key",
    "stop",
]

DATABASE = "perennial"
SUPERVISED = "PERENNIAL_SUPERVISED"


def is_embedded() -> bool:
    """Whether the database is the embedded one."""
    return not os.environ.get("DATABASE_URL")


def is_supervised() -> bool:
    """Whether this process is a part under the supervisor, which alone starts and restarts the servers it stops."""
    return os.environ.get(SUPERVISED) == "1"


def database_url() -> str:
    """The database's address: DATABASE_URL, else the embedded server's, which is started when it does not run.

    The embedded address names its socket's folder in the query: `postgresql://perennial@/NAME?host=/folder`.
    DATABASE_NAME replaces the name `perennial` there. Raises StackError with one sentence when it cannot run.
    """
    if not is_embedded():
        return os.environ["DATABASE_URL"]
    if not is_supervised():
        ensure(postgres_too=True, redis_too=False)
    return postgres.url(data_folder(), os.environ.get("DATABASE_NAME") or DATABASE)


def redis_url(db: int = 0) -> str:
    """The address of Redis: REDIS_URL, else the embedded server's, which is started when it does not run."""
    if os.environ.get("REDIS_URL"):
        return os.environ["REDIS_URL"]
    if not is_supervised():
        ensure(postgres_too=False, redis_too=True)
    return redis.url(data_folder(), db)


def secret_key() -> str:
    """SECRET_KEY, else one made once for this data folder. Raises StackError beside an external database."""
    if os.environ.get("SECRET_KEY"):
        return os.environ["SECRET_KEY"]
    if not is_embedded():
        raise StackError("SECRET_KEY is not set: with DATABASE_URL, set it to a long random word and keep it.")
    folder = data_folder()
    path = folder / "secret_key"
    if not path.exists():
        prepare(folder)
        with locked(folder):
            if not path.exists():
                fresh = folder / "secret_key.new"
                fresh.touch(mode=0o600)
                fresh.write_text(secrets.token_urlsafe(50))
                fresh.rename(path)
    return path.read_text()


def ensure(*, postgres_too: bool = True, redis_too: bool = True, tied: bool = False) -> set[str]:
    """Makes sure that the servers run; names those that had to be started.

    `tied`: a server started here dies with this process (Linux), also after a kill -9.
    """
    folder = data_folder()
    wanted = [
        (name, server)
        for name, server, is_wanted in (("postgres", postgres, postgres_too), ("redis", redis, redis_too))
        if is_wanted and server.running_pid(folder) is None
    ]
    if not wanted:
        return set()
    prepare(folder)
    started = set()
    with locked(folder):
        for name, server in wanted:
            if server.running_pid(folder) is None:
                server.start(folder, tied=tied)
                started.add(name)
                if name == "postgres":
                    postgres.make_database(postgres.url(folder, DATABASE))
    return started


def stop(names: set[str] | None = None) -> None:
    """Stops the embedded servers, or those named. Nothing happens when they do not run."""
    folder = data_folder()
    if not folder.is_dir():
        return
    with locked(folder):
        if names is None or "redis" in names:
            redis.stop(folder)
        if names is None or "postgres" in names:
            postgres.stop(folder)
