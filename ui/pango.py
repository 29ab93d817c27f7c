"""Whether this machine can make PDFs. WeasyPrint itself is slow to load and not asked (`ui.pdf`)."""

import ctypes
import functools

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# What WeasyPrint opens; see its installation guide.
LIBRARIES: tuple[tuple[str, ...], ...] = (
    ("libgobject-2.0.so.0", "libgobject-2.0.dylib", "libgobject-2.0-0.dll"),
    ("libpango-1.0.so.0", "libpango-1.0.dylib", "libpango-1.0-0.dll"),
    ("libharfbuzz.so.0", "libharfbuzz.0.dylib", "libharfbuzz-0.dll"),
    ("libfontconfig.so.1", "libfontconfig.1.dylib", "libfontconfig-1.dll"),
    ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib", "libpangoft2-1.0-0.dll"),
)
CURE: Promise = _(
    "PDFs need the library Pango, which is not installed here. On Debian or Ubuntu: apt-get install libpango-1.0-0 "
    "libpangoft2-1.0-0 libharfbuzz-subset0."
)


def _opens(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


@functools.cache
def has_pango() -> bool:
    """Looked up once per process: a worker that was started before Pango was installed has to start again."""
    return all(any(_opens(name) for name in names) for names in LIBRARIES)
