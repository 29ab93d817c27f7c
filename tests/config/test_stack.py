"""The embedded servers: found, started, recovered; each in a data folder of its own, never the checkout's."""

import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import redis as redis_client

from config import stack
from config.stack import postgres, process, redis
from config.stack.place import CHECKOUT, StackError

pytestmark = pytest.mark.xdist_group("stack")


@contextlib.contextmanager
def folder_of_its_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short path (sockets), the environment that names it, and no server left behind."""
    folder = Path(tempfile.mkdtemp(prefix="pst-"))
    folder.chmod(0o755)
    for name in ("DATABASE_URL", "REDIS_URL", "DATABASE_NAME", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PERENNIAL_DATA", str(folder / "data"))
    try:
        yield folder / "data"
    finally:
        if (folder / "data").is_dir():
            monkeypatch.setenv("PERENNIAL_DATA", str(folder / "data"))
            stack.stop()
        shutil.rmtree(folder)


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty data folder."""
    with folder_of_its_own(monkeypatch) as folder:
        yield folder


@pytest.fixture(scope="module")
def shared() -> Iterator[Path]:
    """A data folder with running servers, for the tests that leave them as they were."""
    with pytest.MonkeyPatch.context() as monkeypatch, folder_of_its_own(monkeypatch) as folder:
        stack.ensure()
        yield folder


@pytest.fixture
def running(shared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shared folder, with its servers up."""
    for name in ("DATABASE_URL", "REDIS_URL", "DATABASE_NAME", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PERENNIAL_DATA", str(shared))
    stack.ensure()
    return shared


def ask(question: str, address: str | None = None) -> object:
    """The single answer of a query on the embedded database."""
    with contextlib.closing(psycopg2.connect(address or stack.database_url())) as link, link, link.cursor() as cursor:
        cursor.execute(question)
        row = cursor.fetchone() if cursor.description else None
    return None if row is None else row[0]


def pids(folder: Path) -> tuple[int, int]:
    """The pids of both servers."""
    of_postgres, of_redis = postgres.running_pid(folder), redis.running_pid(folder)
    assert of_postgres is not None
    assert of_redis is not None
    return of_postgres, of_redis


def test_both_servers_answer_and_a_second_call_finds_them_in_under_50_ms(running: Path) -> None:
    assert ask("SELECT current_database()") == "perennial"
    with redis_client.Redis.from_url(stack.redis_url(3)) as bell:
        assert bell.ping()
    before = pids(running)
    began = time.perf_counter()
    stack.database_url(), stack.redis_url()
    assert time.perf_counter() - began < 0.05
    assert pids(running) == before


def test_no_tcp_port_of_postgres_and_only_the_loopback_for_redis(running: Path) -> None:
    assert ask("SHOW listen_addresses") == ""
    assert "bind 127.0.0.1\n" in redis.conf(running).read_text()
    with pytest.raises(redis_client.AuthenticationError), redis_client.Redis(port=redis.door(running).port) as bell:  # type: ignore[union-attr]
        bell.ping()


def test_only_the_owner_may_enter_what_holds_data(running: Path) -> None:
    for folder in (running / "postgres", running / "run", running / "redis", running / "log"):
        assert stat.S_IMODE(folder.stat().st_mode) & 0o077 == 0, folder
    assert stat.S_IMODE(redis.conf(running).stat().st_mode) == 0o600


def test_the_products_role_is_no_superuser_and_may_make_databases(running: Path) -> None:
    assert ask("SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    assert ask("SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user") is True


def test_postgres_never_runs_as_root(running: Path) -> None:
    pid, _ = pids(running)
    owner = (running / "postgres").stat().st_uid
    assert owner != 0
    assert Path(f"/proc/{pid}").stat().st_uid == owner


def test_what_is_acknowledged_is_on_the_disk(running: Path) -> None:
    assert [ask(f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")] == ["on"] * 3


def test_after_kill_9_of_both_servers_the_next_call_starts_them_with_their_data(running: Path) -> None:
    ask("CREATE TABLE IF NOT EXISTS kept (word text)")
    ask("INSERT INTO kept VALUES ('still here')")
    address = stack.redis_url()
    before = pids(running)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
        assert process.wait_gone(pid, 5)
    assert (running / "postgres" / "postmaster.pid").exists(), "the stale pid file is what this test is about"
    assert ask("SELECT word FROM kept LIMIT 1") == "still here"
    assert stack.redis_url() == address, "a long-lived process finds Redis where it was"
    assert set(pids(running)).isdisjoint(before)


def test_a_pid_file_that_names_another_living_program_does_not_stop_the_start(running: Path) -> None:
    pid, bell = pids(running)
    for server in (pid, bell):
        os.kill(server, signal.SIGKILL)
        assert process.wait_gone(server, 5)
    stale = running / "postgres" / "postmaster.pid"
    stale.write_text(stale.read_text().replace(str(pid), str(os.getpid()), 1))
    (running / "redis" / "redis.pid").write_text(f"{os.getpid()}\n")
    assert stack.ensure() == {"postgres", "redis"}
    assert ask("SELECT 1") == 1


def test_a_killed_server_whose_parent_never_took_notice_is_started_again(running: Path) -> None:
    stack.stop({"postgres"})
    stack.ensure()  # our own child now
    pid, _ = pids(running)
    os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + 5
    while process.born(pid) and time.monotonic() < until:
        time.sleep(0.02)
    assert process.is_there(pid), "a zombie, which PostgreSQL takes for a living server"
    assert ask("SELECT 1") == 1


def test_many_callers_at_once_start_one_server(running: Path) -> None:
    stack.stop()
    program = "from config import stack; stack.database_url(); stack.redis_url(); print(*sorted(stack.ensure()))"
    callers = [
        subprocess.Popen([sys.executable, "-c", program], cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    for caller in callers:
        words = caller.communicate(timeout=60)
        assert caller.returncode == 0, words
    assert ask("SELECT 1") == 1


def test_a_server_outlives_the_command_that_started_it(running: Path) -> None:
    stack.stop()
    subprocess.run([sys.executable, "-c", "from config import stack; stack.ensure()"], cwd=CHECKOUT, check=True)
    assert stack.ensure() == set()


def test_a_tied_server_dies_with_a_kill_9_of_the_process_that_started_it(running: Path) -> None:
    stack.stop()
    program = "import time; from config import stack; stack.ensure(tied=True); print('up', flush=True); time.sleep(60)"
    starter = subprocess.Popen([sys.executable, "-c", program], cwd=CHECKOUT, stdout=subprocess.PIPE)
    assert starter.stdout is not None
    assert starter.stdout.readline() == b"up\n"
    tied = pids(running)
    starter.kill()
    starter.communicate()
    assert all(process.wait_gone(pid, 10) for pid in tied)


def test_redis_takes_another_port_when_its_own_was_taken_meanwhile(running: Path) -> None:
    redis.stop(running)
    former = redis.door(running)
    assert former is not None
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", former.port))
        squatter.listen()
        with redis_client.Redis.from_url(stack.redis_url()) as bell:
            assert bell.ping()


def test_addresses_from_the_environment_win_and_start_nothing(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://a@db.example/b")
    monkeypatch.setenv("REDIS_URL", "redis://cache.example/1")
    assert (stack.database_url(), stack.redis_url()) == ("postgresql://a@db.example/b", "redis://cache.example/1")
    assert not data.exists()
    with pytest.raises(StackError, match="SECRET_KEY is not set"):
        stack.secret_key()


def test_the_secret_key_is_made_once_and_for_the_owner_alone(data: Path) -> None:
    key = stack.secret_key()
    assert len(key) > 50
    assert stack.secret_key() == key
    assert stat.S_IMODE((data / "secret_key").stat().st_mode) == 0o600


def test_a_data_folder_that_is_a_file_is_one_sentence(data: Path) -> None:
    data.write_text("not a folder")
    with pytest.raises(StackError, match=r"^The data folder .* cannot be used: .* is not a folder\.$"):
        stack.database_url()
    data.unlink()


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        ("PG_VERSION", "is damaged: restore a backup of it, or move it away to start empty"),
        ("global/pg_control", "is damaged: restore a backup of it, or move it away to start empty"),
        ("version", "was made by PostgreSQL 14, this is 18"),
    ],
)
def test_a_broken_data_folder_is_one_sentence_and_is_left_alone(running: Path, harm: str, sentence: str) -> None:
    stack.stop({"postgres"})
    path = running / "postgres" / ("PG_VERSION" if harm == "version" else harm)
    whole, owner = path.read_bytes(), path.stat()
    try:
        if harm == "version":
            path.write_text("14\n")
        else:
            path.unlink()
        with pytest.raises(StackError, match=sentence):
            stack.database_url()
        assert (running / "postgres" / "base").is_dir()
    finally:
        path.write_bytes(whole)
        path.chmod(stat.S_IMODE(owner.st_mode))
        os.chown(path, owner.st_uid, owner.st_gid)


def test_a_full_disk_is_one_sentence(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.stack.place.LEAST_FREE_BYTES", shutil.disk_usage("/tmp").total * 2)  # noqa: S108
    with pytest.raises(StackError, match=r"^The disk of .* is nearly full: \d+ MB are free, \d+ MB are needed\.$"):
        stack.database_url()
