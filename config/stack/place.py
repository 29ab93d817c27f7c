"""Where the embedded stack keeps its data, who owns it, and the lock that lets one caller at a time change it."""

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.stack.console import complain

CHECKOUT = Path(__file__).resolve().parents[2]
SYSTEM_HOME = Path("/var/lib/perennial")
# User ids that no Linux distribution and no systemd service hands out: a database of its own needs an owner of its own.
PRIVATE_UIDS = range(60578, 61184)
SOCKET_PATH_LIMIT = 103  # bytes, the smallest limit among Linux (107) and macOS (103)
POINTER = "postgres-is-in"
LEAST_FREE_BYTES = 300 * 1024 * 1024


class StackError(RuntimeError):
    """The stack cannot run here. The message is one sentence for the person at the keyboard."""


def data_folder() -> Path:
    """The one folder with everything that must survive: `.data` in the checkout, or PERENNIAL_DATA."""
    return Path(os.environ.get("PERENNIAL_DATA") or CHECKOUT / ".data").absolute()


def prepare(folder: Path) -> None:
    """Makes the data folder usable. Raises StackError when it cannot be written or the disk is nearly full."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "log").mkdir(mode=0o700, exist_ok=True)
        probe = folder / f".write-{os.getpid()}"
        probe.write_bytes(b"perennial")
        probe.unlink()
    except FileExistsError as error:
        raise StackError(f"The data folder {folder} cannot be used: {error.filename} is not a folder.") from error
    except NotADirectoryError as error:
        raise StackError(f"The data folder {folder} cannot be made: a part of its path is a file.") from error
    except OSError as error:
        raise StackError(f"The data folder {folder} cannot be written: {error.strerror}.") from error
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise StackError(
            f"The disk of {folder} is nearly full: {free // 1_000_000} MB are free,"
            f" {LEAST_FREE_BYTES // 1_000_000} MB are needed."
        )


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the data folder's lock: starting and stopping servers happens one caller at a time."""
    try:
        handle = (folder / "lock").open("ab")
    except OSError as error:
        raise StackError(f"The data folder {folder} cannot be written: {error.strerror}.") from error
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield  # closing the file releases the lock


@dataclass(frozen=True)
class Home:
    """Where PostgreSQL lives: its folder, its programs, and, when we are root, the user that it runs as."""

    folder: Path
    programs: Path
    owner: tuple[int, int] | None

    @property
    def cluster(self) -> Path:
        """The data directory of PostgreSQL."""
        return self.folder / "postgres"

    @property
    def sockets(self) -> Path:
        """A folder that only the owner (and root) may enter, with a path short enough for a socket."""
        return socket_folder(self.folder)


def socket_folder(folder: Path) -> Path:
    """`run` in the folder, or a short one under /tmp when that path is too long for a Unix socket."""
    inside = folder / "run"
    if len(os.fsencode(inside / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT:
        return inside
    return Path("/tmp") / f"perennial-{fingerprint(folder)}"  # noqa: S108 - made with 0700 and checked in `give`


def fingerprint(folder: Path) -> str:
    """A short, stable name for a folder."""
    return hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:12]


def give(folder: Path, owner: tuple[int, int] | None) -> None:
    """Makes a folder that its owner alone may enter. Raises StackError when a stranger holds that name already."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    uid, gid = owner or (os.geteuid(), os.getegid())
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid not in (uid, os.geteuid()):
        # SECURITY: somebody else's folder under a name that we trust would hand them every connection
        raise StackError(f"The folder {folder} belongs to another user: remove it and start again.")
    if found.st_uid != uid:
        os.chown(folder, uid, gid)
    folder.chmod(0o700)


def is_usable_by(owner: tuple[int, int], programs: Path, folder: Path) -> bool:
    """Whether that user can run the programs and enter the folder. Asked by trying: modes, ACLs, mounts all count."""
    try:
        trial = subprocess.run(  # noqa: S603 - our own words
            ["/bin/sh", "-c", 'cd "$1" && exec "$2" --version', "sh", str(folder), str(programs / "postgres")],
            user=owner[0],
            group=owner[1],
            extra_groups=[],
            cwd="/",
            capture_output=True,
            check=False,
        )
    except (PermissionError, ValueError, subprocess.SubprocessError) as error:
        raise StackError(
            "PostgreSQL does not run as root and this root may not change users:"
            " start as an ordinary user, or set DATABASE_URL."
        ) from error
    return trial.returncode == 0


def private_owner(folder: Path) -> tuple[int, int]:
    """Whom the database belongs to when root starts it: its present owner, the checkout's, else a uid of its own."""
    for path in (folder / "postgres" / "PG_VERSION", CHECKOUT):
        if path.exists() and (found := path.stat()).st_uid != 0:
            return found.st_uid, found.st_gid
    number = int(fingerprint(folder), 16)
    for step in range(len(PRIVATE_UIDS)):
        uid = PRIVATE_UIDS[(number + step) % len(PRIVATE_UIDS)]
        try:
            pwd.getpwuid(uid)
        except KeyError:
            return uid, uid
    raise StackError("No free user id is left for the database: start as an ordinary user, or set DATABASE_URL.")


def copy_programs(programs: Path, target: Path) -> Path:
    """Copies the server's programs to where its user can read them; done once per version of the wheel."""
    package = programs.parent.parent
    if not (target / "complete").exists():
        shutil.rmtree(target, ignore_errors=True)
        installed = Path(package.name) / programs.parent.name
        for part in ("bin/postgres", "bin/initdb"):
            (target / installed / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(programs.parent / part, target / installed / part)
        for part in ("lib/postgresql", "share"):
            shutil.copytree(programs.parent / part, target / installed / part)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, target / libraries.name)
        (target / "complete").touch()
    return target / package.name / programs.parent.name / "bin"


def known_home(folder: Path) -> Path:
    """The folder that holds the database of this data folder: itself, or the one that its pointer names."""
    try:
        return Path((folder / POINTER).read_text().strip())
    except OSError:
        return folder


def find_home(folder: Path, programs: Path, version: str) -> Home:
    """Chooses the database's home; for root outside the checkout when its user cannot enter there.

    A checkout under /root is closed to every user but root, and PostgreSQL refuses to be root: then data and programs
    stand under /var/lib/perennial, and `.data/postgres-is-in` says where.
    """
    home = known_home(folder)
    if os.geteuid() != 0:
        return Home(home, programs, None)
    owner = private_owner(home)
    if home == folder:
        folder.chmod(folder.stat().st_mode | 0o711)
        if is_usable_by(owner, programs, folder):
            return Home(folder, programs, owner)
        home = SYSTEM_HOME / fingerprint(folder)
    pointer = folder / POINTER
    try:
        home.mkdir(parents=True, exist_ok=True)
        SYSTEM_HOME.chmod(0o755)
        home.chmod(0o755)
        programs = copy_programs(programs, home / f"programs-{version}")
        if not pointer.exists():
            pointer.write_text(f"{home}\n")
            complain(f"The database's user cannot enter {folder}: its files are in {home}.")
    except OSError as error:
        raise StackError(f"The folder {home} for the database cannot be made: {error.strerror}.") from error
    if not is_usable_by(owner, programs, home):
        raise StackError(f"The database's user cannot use {home}: start as an ordinary user, or set DATABASE_URL.")
    return Home(home, programs, owner)
