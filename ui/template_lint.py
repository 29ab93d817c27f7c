"""What templates and scripts may not contain: everything that the content security policy would drop in silence."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_COMMENT = re.compile(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}|<!--.*?-->", re.DOTALL)
_TAG = re.compile(
    r"<([a-z][a-z0-9-]*)((?:\{%.*?%\}|\{\{.*?\}\}|\"[^\"]*\"|'[^']*'|[^>\"'])*)>", re.DOTALL | re.IGNORECASE
)
_TRANSLATED = re.compile(r"\{%\s*blocktrans(?:late)?\b.*?\{%\s*endblocktrans(?:late)?\s*%\}", re.DOTALL)
_TEMPLATE_CODE = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_HOST = re.compile(r"""(?:src|href|action|srcset|hx-[a-z]+|url\()\s*=?\s*["'(]?\s*(?:https?:)?//""", re.IGNORECASE)
_PART = re.compile(r"\{%\s*partialdef\b.*?\{%\s*endpartialdef\s*%\}", re.DOTALL)
_SET = re.compile(r"\{%\s*(?:url|translate|blocktranslate)\b[^%]*?\bas(?:var)?\s+(\w+)[^%]*%\}")
_CODE = re.compile(r"\{\{(.*?)\}\}|\{%\s*\w+(.*?)%\}", re.DOTALL)
_STRINGS = re.compile(r"\"[^\"]*\"|'[^']*'")
_WORDS = re.compile(r"[A-Za-z]{2,}\s+[a-z]{2,}\s+[a-z]{2,}")


@dataclass(frozen=True)
class Fault:
    """One place that breaks a rule."""

    path: Path
    line: int
    rule: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}"


_ATTRIBUTE_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\sstyle\s*=", re.IGNORECASE), "style= is dropped by the policy: use a class or an SVG attribute"),
    (re.compile(r"\son[a-z]+\s*=", re.IGNORECASE), "on...= is dropped by the policy: listen in static/js"),
    (re.compile(r"\shx-on", re.IGNORECASE), "hx-on needs eval: listen in static/js"),
    (re.compile(r"\shx-boost", re.IGNORECASE), "hx-boost breaks titles and Back: plain links are fast"),
    (re.compile(r"=\s*[\"']?\s*(?:javascript|js):", re.IGNORECASE), "js: and javascript: values need eval"),
    (re.compile(r"\shx-trigger\s*=\s*[\"'][^\"']*\[", re.IGNORECASE), "trigger filters [...] need eval"),
    (re.compile(r"\ssrcdoc\s*=", re.IGNORECASE), "srcdoc is a page without our policy"),
)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _blank(pattern: re.Pattern[str], text: str) -> str:
    """Take matches out but keep the lines, so that numbers stay true."""
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def _tag_faults(name: str, attributes: str) -> Iterator[str]:
    yield from (rule for pattern, rule in _ATTRIBUTE_RULES if pattern.search(" " + attributes))
    if name == "style":
        yield "<style> is dropped by the policy: write static/css"
    if name == "script" and not re.search(r"\ssrc\s*=", attributes) and "application/json" not in attributes:
        yield "inline <script> is dropped by the policy: write static/js"
    if name == "a" and "hx-get" in attributes and not re.search(r"\shref\s*=", attributes):
        yield "hx-get on a link without href: it must work without script"
    if (
        name == "button"
        and re.search(r"\shx-(?:get|post|put|patch|delete)\s*=", attributes)
        and "type=" not in attributes
    ):
        yield "a button with hx- needs a type"
    if re.search(r"\shx-(?:put|patch|delete)\s*=", attributes):
        yield "forms can only GET and POST: use hx-post on a form"
    if "hx-post" in attributes and name != "form":
        yield "hx-post belongs on a real <form method=post>"
    if name == "form" and "hx-post" in attributes and not re.search(r"method\s*=\s*[\"']?post", attributes):
        yield 'a form with hx-post needs method="post" and action'


def _text_faults(text: str) -> Iterator[tuple[int, str]]:
    """Sentences outside of translation tags, told by three words in a row."""
    bare = _blank(_TRANSLATED, text)
    bare = _blank(re.compile(r"<(script|style|pre|code)\b.*?</\1>", re.DOTALL | re.IGNORECASE), bare)
    bare = _blank(_TEMPLATE_CODE, bare)
    bare = _blank(_TAG, bare)
    for match in _WORDS.finditer(bare):
        yield match.start(), f"untranslated text: “{match[0][:40]}”"


def _part_faults(text: str) -> Iterator[tuple[int, str]]:
    """Names that are set outside of a part and used in it: drawn alone, as htmx asks for it, the part lacks them."""
    outside = set(_SET.findall(_blank(_PART, text)))
    for part in _PART.finditer(text):
        own = set(_SET.findall(part[0]))
        for code in _CODE.finditer(part[0]):
            used = set(re.findall(r"\w+", _STRINGS.sub("", code[1] or code[2] or "")))
            for name in sorted((used & outside) - own):
                yield part.start() + code.start(), f"{name} is set outside of this part: alone it is empty"


def lint_text(text: str, path: Path, *, is_translated: bool = True) -> list[Fault]:
    """All faults of one template."""
    text = _blank(_COMMENT, text)
    faults = []
    for match in _TAG.finditer(text):
        name, attributes = match[1].lower(), match[2]
        faults += [Fault(path, _line(text, match.start()), rule) for rule in _tag_faults(name, attributes)]
    for match in _HOST.finditer(text):
        faults.append(Fault(path, _line(text, match.start()), "another host: pages ask nobody but this server"))
    faults += [Fault(path, _line(text, at), rule) for at, rule in _part_faults(text)]
    if is_translated:
        faults += [Fault(path, _line(text, at), rule) for at, rule in _text_faults(text)]
    return sorted(faults, key=lambda fault: fault.line)


def _is_free_text(path: Path) -> bool:
    """Sample words of the components page need no translation."""
    return "ui/components" in path.as_posix()


def templates_below(root: Path) -> Iterator[Path]:
    for path in sorted(root.glob("**/templates/**/*.html")):
        if not any(part.startswith(".") or part == "node_modules" for part in path.relative_to(root).parts):
            yield path


def lint_tree(root: Path) -> list[Fault]:
    """All faults of all templates below a folder; mails are held to nothing here."""
    faults: list[Fault] = []
    for path in templates_below(root):
        if "/mail/" in path.as_posix():
            continue
        text = path.read_text("utf-8")
        faults += lint_text(text, path.relative_to(root), is_translated=not _is_free_text(path))
    return faults
