"""What a file is before it is read: text or not, in which encoding, between which delimiters."""

import codecs
import csv
import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.services.imports.problems import ImportProblem

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
MAX_BYTES: int = getattr(settings, "IMPORT_MAX_BYTES", 512 * 1024 * 1024)
_CHUNK = 1 << 20
_HEAD = 1 << 16
_NOT_IN_1252 = bytes([0x81, 0x8D, 0x8F, 0x90, 0x9D])
_MAGIC = (
    (b"\xd0\xcf\x11\xe0", gettext_lazy("an old Excel workbook (.xls); save it as .xlsx or CSV")),
    (b"\x1f\x8b", gettext_lazy("a gzip archive; unpack it first")),
    (b"7z\xbc\xaf", gettext_lazy("a 7-Zip archive; unpack it first")),
    (b"%PDF", gettext_lazy("a PDF document; export the table as CSV or XLSX")),
    (b"\x89PNG", gettext_lazy("a picture; export the table as CSV or XLSX")),
    (b"\xff\xd8\xff", gettext_lazy("a picture; export the table as CSV or XLSX")),
    (b"SQLite format 3", gettext_lazy("a database; export the table as CSV")),
    (b"PAR1", gettext_lazy("a Parquet file; export the table as CSV")),
    (b"{\\rtf", gettext_lazy("a text document; export the table as CSV or XLSX")),
)


@dataclass(frozen=True)
class FileFacts:
    """`encoding` is a Python codec name, empty for a workbook; `note` says what was found, if it is worth a word."""

    size: int
    digest: str
    encoding: str
    note: str = ""

    @property
    def is_workbook(self) -> bool:
        return not self.encoding


def examine(path: Path, *, encoding: str = "") -> FileFacts:
    """Read the file once in pieces of 1 MB and tell what it is; memory does not grow with its size.

    Raises ImportProblem for what is not a table as text or workbook, too large, empty, damaged, or not in `encoding`.
    """
    size = path.stat().st_size
    if size == 0:
        raise ImportProblem(_("The file is empty."))
    if size > MAX_BYTES:
        raise ImportProblem(
            _("The file has %(size)d MB, and %(limit)d MB is the most: split it.")
            % {"size": size >> 20, "limit": MAX_BYTES >> 20}
        )
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(b"PK\x03\x04"):
        return FileFacts(size, _digest(path), "")
    _refuse_other_formats(head)
    wanted = _known(encoding) if encoding else _from_marks(head)
    return _read_through(path, size, wanted, is_given=bool(encoding))


def sniff_delimiter(lines: list[str]) -> str:
    """The character that cuts the first lines into the most equal rows; a comma when none does."""
    best, best_score = ",", (0, 0)
    for delimiter in DELIMITERS:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        if not widths or widths[0] < 2:
            continue
        agreeing = Counter(widths)[widths[0]]
        score = (agreeing * 100 // len(widths), widths[0])
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _refuse_other_formats(head: bytes) -> None:
    for magic, name in _MAGIC:
        if head.startswith(magic):
            raise ImportProblem(_("The file is %(format)s.") % {"format": name})
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise ImportProblem(
            _("The file is a web page, perhaps a log-in page that was saved: download the export once more.")
        )
    if start.startswith(b"<?xml"):
        raise ImportProblem(_("The file is XML; export the table as CSV or XLSX."))
    if start.startswith((b"{", b"[{", b"[\n")):
        raise ImportProblem(_("The file is JSON; export the table as CSV or XLSX."))


def _known(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError as error:
        raise ImportProblem(
            _("%(name)r is not an encoding; utf-8, utf-16 and cp1252 are the usual ones.") % {"name": encoding}
        ) from error


def _from_marks(head: bytes) -> str:
    """The encoding by its byte-order mark, or by the zeros that UTF-16 leaves; empty when only the text can tell."""
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    zeros = head.count(0)
    if not zeros:
        return ""
    odd, even = head[1::2].count(0), head[0::2].count(0)
    if odd > 0.4 * len(head[1::2]) and even * 20 < odd:
        return "utf-16-le"
    if even > 0.4 * len(head[0::2]) and odd * 20 < even:
        return "utf-16-be"
    if zeros > 8 and zeros * 50 > len(head):
        raise ImportProblem(_("The file is not text: it holds binary data. Export the table as CSV or XLSX."))
    return ""


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _read_through(path: Path, size: int, encoding: str, *, is_given: bool) -> FileFacts:
    """Hash the file and check every byte against the encoding; without one try UTF-8, then Windows-1252."""
    digest = hashlib.sha256()
    trial = encoding or "utf-8"
    decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder(trial)("strict")
    is_wide = trial.replace("_", "-").startswith(("utf-16", "utf-32"))
    lines, bad_line, is_1252 = 1, 0, True
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            if not is_wide and 0 in chunk:
                at = lines + chunk.count(b"\n", 0, chunk.index(0))
                raise ImportProblem(
                    _("Line %(line)d holds a NUL character: the file is binary or damaged. Export it once more as CSV.")
                    % {"line": at}
                )
            if decoder is not None:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError as error:
                    bad_line = lines + chunk.count(b"\n", 0, error.start)
                    decoder = None
            is_1252 = is_1252 and not any(byte in chunk for byte in _NOT_IN_1252)
            lines += chunk.count(b"\n")
    if decoder is not None:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            bad_line, decoder = lines, None
    if decoder is not None:
        note = "" if trial.startswith("utf-8") or is_given else _("Read as %(name)s.") % {"name": trial.upper()}
        return FileFacts(size, digest.hexdigest(), "utf-8-sig" if trial == "utf-8" else trial, note)
    if encoding:
        raise ImportProblem(
            _("Line %(line)d is not %(name)s: name the right one (utf-8, utf-16, cp1252) as encoding.")
            % {"line": bad_line, "name": encoding}
        )
    if not is_1252:
        raise ImportProblem(
            _("Line %(line)d is neither UTF-8 nor Windows-1252: name the file's encoding, or save it as UTF-8.")
            % {"line": bad_line}
        )
    note = _("Read as Windows-1252, since line %(line)d is not UTF-8.") % {"line": bad_line}
    return FileFacts(size, digest.hexdigest(), "cp1252", note)
