"""The files that browsers get: small sources under `static/` joined into `app.css`, `app.js` and two icon sprites.

What a few pages alone need of styles stands in `static/pages/<name>.css` and is linked by the block `styles` of those
pages; each is squeezed into a file of its own.

One staticfiles finder does it, so that `collectstatic`, the development server and the tests see the same files:
whenever a source is newer than the joined file, it is joined again into a git-ignored folder.
"""

import functools
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import AppDirectoriesFinder, BaseFinder
from django.core.files.storage import FileSystemStorage
from django.templatetags.static import static

from ui import icons

SOURCES = Path(settings.BASE_DIR) / "static"
# The API answers JSON alone and its pages are Swagger's; htmx is version 2.
UNUSED = (
    "rest_framework/",
    "drf_spectacular_sidecar/redoc/",
    "django_htmx/htmx-4",
    "django_htmx/htmax",
    "django_htmx/ext/",
)
BUILT = Path(settings.BASE_DIR) / ".build" / "static"


def squeeze_css(text: str) -> str:
    """Take comments, indentation and needless spaces out of a style sheet; values are left as they are."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s*\n\s*", "\n", text)
    text = re.sub(r"[ \t]+", " ", text)
    text = re.sub(r"\s*([{};,])\s*", r"\1", text)
    text = re.sub(r"(?m)(^|[{};])([\w-]+): ", r"\1\2:", text)
    return text.replace(";}", "}").strip() + "\n"


def squeeze_js(text: str) -> str:
    """Take whole-line comments and indentation out of a script; our modules have no multi-line template strings."""
    text = re.sub(r"(?ms)^\s*/\*\*?.*?\*/\s*$", "", text)
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


def joined_css(paths: Iterable[Path]) -> str:
    return "".join(squeeze_css(path.read_text("utf-8")) for path in paths)


def joined_js(paths: Iterable[Path]) -> str:
    """Each module gets a block of its own, so that its names stay its own."""
    blocks = (f"{{\n{squeeze_js(path.read_text('utf-8'))}}}\n" for path in paths)
    return '"use strict";\n' + "".join(blocks)


def css_sources() -> list[Path]:
    return sorted((SOURCES / "css").glob("[0-9][0-9]-*.css"))


def js_sources() -> list[Path]:
    return sorted((SOURCES / "js").glob("*.js"))


def page_styles() -> list[str]:
    """Names of the style files of single pages, as `static` knows them."""
    return [f"pages/{path.name}" for path in sorted((SOURCES / "pages").glob("*.css"))]


_SOURCES: dict[str, Callable[[], list[Path]]] = {
    "app.css": css_sources,
    "app.js": js_sources,
    "icons.svg": lambda: [Path(icons.__file__)],
    "icons-rare.svg": lambda: [Path(icons.__file__)],
    "survey.css": lambda: [SOURCES / "survey.css"],
    "survey.js": lambda: [SOURCES / "survey.js"],
}

_BUILDERS: dict[str, Callable[[], str]] = {
    "app.css": lambda: joined_css(css_sources()),
    "app.js": lambda: joined_js(js_sources()),
    "icons.svg": lambda: icons.sprite(icons.ICONS),
    "icons-rare.svg": lambda: icons.sprite(icons.RARE_ICONS),
    "survey.css": lambda: joined_css([SOURCES / "survey.css"]),
    "survey.js": lambda: joined_js([SOURCES / "survey.js"]),
}


def built_names() -> list[str]:
    """Every file that is made from sources of ours."""
    return [*_BUILDERS, *page_styles()]


def _sources_of(name: str) -> list[Path]:
    return _SOURCES[name]() if name in _SOURCES else [SOURCES / name]


def _content_of(name: str) -> str:
    return _BUILDERS[name]() if name in _BUILDERS else joined_css([SOURCES / name])


def build(name: str) -> Path:
    """Join one file if a source changed since; other processes never see a half-written file."""
    target = BUILT / name
    sources = _sources_of(name)
    # A folder's own time changes when a source is added or deleted.
    newest = max(path.stat().st_mtime_ns for path in [*sources, *{path.parent for path in sources}])
    if target.exists() and target.stat().st_mtime_ns >= newest:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(_content_of(name))
    Path(scratch).chmod(0o644)
    Path(scratch).replace(target)
    return target


class JoinedAssets(BaseFinder):
    """Finds the joined files, and `static/img/` as it is."""

    def __init__(self, app_names: object = None, *args: Any, **kwargs: Any) -> None:
        self.built = FileSystemStorage(location=str(BUILT))
        self.sources = FileSystemStorage(location=str(SOURCES))
        super().__init__(*args, **kwargs)

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, *args: Any, **kwargs: Any) -> Any:
        """The file behind a static path; `find_all`, and its old spelling `all`, ask for a list."""
        wants_list = bool(kwargs.get("find_all") or kwargs.get("all") or (args and args[0]))
        found: str | None = None
        if path in built_names():
            found = str(build(path))
        elif path.startswith("img/") and self.sources.exists(path):
            found = self.sources.path(path)
        if wants_list:
            return [found] if found else []
        return found or []

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        for name in built_names():
            build(name)
            yield name, self.built
        for path in sorted((SOURCES / "img").glob("*")):
            yield f"img/{path.name}", self.sources


@functools.cache
def _cached_address(sprite: str) -> str:
    return static(sprite)


def icon_address(name: str) -> str:
    """Where the icon is: its sprite, hashed by the storage and asked for once a process unless sources may change.

    Raises:
        UnknownIcon: when no sprite carries it.
    """
    sprite = icons.sprite_of(name)
    return f"{static(sprite) if settings.DEBUG else _cached_address(sprite)}#{name}"


class AppAssets(AppDirectoriesFinder):
    """The files of installed packages, without those that no page of ours uses: they cost half a minute to compress."""

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Any]]:
        for path, storage in super().list(ignore_patterns):
            if not path.startswith(UNUSED):
                yield path, storage
