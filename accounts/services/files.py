"""Files on an account: what they are is told by their content, never by their name."""

from pathlib import PurePath
from typing import Any

import puremagic
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from accounts.models import Account, AccountFile
from accounts.services.versions import require_editor
from team.models import ActionLog, User
from team.services.undo import log_action

LARGEST_BYTES = 20 * 1024 * 1024
PLAIN_TEXT = "text/plain"
# SECURITY: what a browser could run is refused even though everything is served as an attachment.
_ALLOWED_TYPES = {
    "application/pdf": {".pdf"},
    "image/png": {".png"},
    "image/jpeg": {".jpg", ".jpeg"},
    "image/gif": {".gif"},
    "image/webp": {".webp"},
    "application/zip": {".zip"},
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": {".docx"},
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {".xlsx"},
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": {".pptx"},
    "application/vnd.oasis.opendocument.text": {".odt"},
    "application/vnd.oasis.opendocument.spreadsheet": {".ods"},
    "application/vnd.oasis.opendocument.presentation": {".odp"},
    "application/msword": {".doc"},
    "application/vnd.ms-excel": {".xls"},
    "application/vnd.ms-powerpoint": {".ppt"},
    "application/vnd.ms-outlook": {".msg"},
    "audio/mpeg": {".mp3"},
    "video/mp4": {".mp4", ".m4a"},
    PLAIN_TEXT: {".txt", ".csv", ".md", ".log", ".eml", ".ics", ".vcf"},
}
_TYPE_OF_EXTENSION = {extension: kind for kind, extensions in _ALLOWED_TYPES.items() for extension in extensions}
_ZIPPED = {".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".zip"}
_OLD_OFFICE = {".doc", ".xls", ".ppt", ".msg"}


@transaction.atomic
def add_file(*, actor: User, account: Account, upload: "UploadedFile[Any]") -> AccountFile:
    """Keep a file of at most 20 MB on an account.

    Raises:
        ValidationError: for a file that is empty, too large, of a kind that is not kept, or not what its name says.
        PermissionDenied: when the actor does not edit the account.
    """
    require_editor(actor, account.pk)
    size = upload.size or 0
    if not size:
        raise ValidationError(_("The file is empty."))
    if size > LARGEST_BYTES:
        raise ValidationError(_("The file is larger than 20 MB."))
    # SECURITY: no folders, no control characters, no reserved names: the name is only ever shown and offered.
    name = get_valid_filename(PurePath((upload.name or "file").replace("\\", "/")).name)[-200:]
    kind = content_type_of(name=name, head=_head(upload))
    kept = AccountFile(account=account, name=name, size=size, content_type=kind, uploaded_by=actor)
    kept.file.save(name, upload, save=False)
    kept.save(force_insert=True)
    log_action(
        actor=actor,
        verb=_("Added the file %(name)s") % {"name": name},
        service="accounts.undo_create",
        arguments={"model": "file", "pk": kept.pk},
        url=f"/accounts/{account.pk}/",
    )
    return kept


def _head(upload: "UploadedFile[Any]") -> bytes:
    upload.seek(0)
    head: bytes = upload.read(8192)
    upload.seek(0)
    return head


def content_type_of(*, name: str, head: bytes) -> str:
    """The type of a file by its first bytes, checked against its extension.

    Raises:
        ValidationError: for SVG, HTML, programs and all else that is not on the list, or an extension that lies.
    """
    extension = PurePath(name).suffix.lower()
    wanted = _TYPE_OF_EXTENSION.get(extension)
    if wanted is None:
        raise ValidationError(_("Files of this kind are not kept here."))
    if wanted == PLAIN_TEXT:
        if _is_text(head) and not _is_markup(head):
            return PLAIN_TEXT
        raise ValidationError(_("This is not the text that its name says."))
    try:
        found = {match.extension.lower() for match in puremagic.magic_string(head, filename=name)}
    except (puremagic.PureError, ValueError) as error:
        raise ValidationError(_("What this file is cannot be told.")) from error
    if _is_markup(head) or not _agrees(extension, found, head):
        raise ValidationError(_("This file is not what its name says."))
    return wanted


def _agrees(extension: str, found: set[str], head: bytes) -> bool:
    if extension in _ZIPPED:
        return head.startswith(b"PK\x03\x04")
    if extension in _OLD_OFFICE:
        return head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    return bool(found & _ALLOWED_TYPES[_TYPE_OF_EXTENSION[extension]])


def _is_text(head: bytes) -> bool:
    if b"\x00" in head:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # The last letter may be cut in two; other letters are of an older encoding, which is text as well.
        return error.start > len(head) - 4 or not any(byte < 9 for byte in head)
    return True


def _is_markup(head: bytes) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype", b"<html", b"<svg", b"<?xml", b"<script", b"<body", b"<head", b"<iframe"))


@transaction.atomic
def delete_file(*, actor: User, file: AccountFile) -> ActionLog | None:
    """Hide a file for 30 days; None when hidden already."""
    require_editor(actor, file.account_id)
    if AccountFile.objects.filter(pk=file.pk).update(deleted_at=timezone.now()) != 1:
        return None
    return log_action(
        actor=actor,
        verb=_("Deleted the file %(name)s") % {"name": file.name},
        service="accounts.restore",
        arguments={"model": "file", "pk": file.pk},
        url=f"/accounts/{file.account_id}/",
    )
