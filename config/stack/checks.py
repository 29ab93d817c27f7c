"""What must be true before anything is started; each complaint is one sentence."""

import errno
import os
import socket
import sys
from dataclasses import dataclass

from config.stack.place import StackError

OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Address:
    """Where the web part listens."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """What a person types into a browser on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104 - only translated
        return f"http://{host}:{self.port}"


def python_is_new_enough() -> None:
    """Raises StackError on a Python before 3.11."""
    if sys.version_info[:2] < OLDEST_PYTHON:
        found = ".".join(str(number) for number in sys.version_info[:3])
        raise StackError(f"Python 3.11 or newer is needed; this is {found}.")


def wanted_address() -> Address:
    """HOST and PORT from the environment. Raises StackError when PORT is not a port."""
    word = os.environ.get("PORT") or "8000"
    if not word.isdecimal() or not 0 < int(word) < 65536:
        raise StackError(f"PORT must be a number from 1 to 65535, not {word!r}.")
    return Address(os.environ.get("HOST") or "127.0.0.1", int(word))


def port_is_free(address: Address) -> None:
    """Raises StackError when the web part could not listen there."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((address.host, address.port))
        except socket.gaierror as error:
            raise StackError(f"HOST {address.host!r} is not an address of this machine.") from error
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                sentence = (
                    f"Port {address.port} is taken by another program:"
                    f" stop it, or choose another port with `make run PORT={address.port + 1}`."
                )
            elif error.errno == errno.EACCES:
                sentence = f"Port {address.port} may only be opened by root: choose one above 1023 with PORT=."
            else:
                sentence = f"The web part cannot listen on {address.host} port {address.port}: {error.strerror}."
            raise StackError(sentence) from error
