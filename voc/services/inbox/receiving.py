"""Feedback from programs: up to 500 pieces at once, each with its own outcome."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from accounts.models import Account, AccountExternalId, Contact
from team.clock import now
from team.models import User
from voc.formulas.ratings import OWN
from voc.models import Feedback
from voc.services.feedback import score_fields, take_feedback

MOST = 500


@dataclass(frozen=True)
class Piece:
    """One piece as it was sent. `account_ref` is (source, external id); `scale` are lowest and highest."""

    text: str
    source: str
    received_at: dt.datetime | None = None
    account_id: int | None = None
    account_ref: tuple[str, str] | None = None
    contact_id: int | None = None
    email: str = ""
    author: str = ""
    url: str = ""
    score: int | None = None
    scale: tuple[int, int] = OWN
    language: str = ""
    source_system: str = "api"
    external_id: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a piece: created, updated (other words or score), unchanged, rejected (then `errors` say why)."""

    outcome: str
    feedback_id: int | None = None
    errors: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Known:
    """The accounts and people that the pieces name, as far as the sender sees them."""

    accounts: dict[int, Account]
    refs: dict[tuple[str, str], int]
    contacts: dict[int, Contact]
    mails: dict[str, Contact | None]
    pieces: dict[tuple[str, str], Feedback]


def take_pieces(*, actor: User, pieces: Sequence[Piece]) -> list[Outcome]:
    """Take what a program sends, in its order; each piece is a transaction of its own.

    Idempotent by (source_system, external_id). Only admins and managers may send what names no account.
    """
    known = _look_up(actor, pieces)
    return [_take(actor, piece, known) for piece in pieces]


def _look_up(actor: User, pieces: Sequence[Piece]) -> _Known:
    """Everything that the pieces name; five queries for any number of them."""
    wanted_refs = [piece.account_ref for piece in pieces if piece.account_ref]
    externals = AccountExternalId.objects.filter(
        source__in={source for source, _id in wanted_refs}, external_id__in={id_ for _source, id_ in wanted_refs}
    )
    refs = {(row.source, row.external_id): row.account_id for row in externals}
    people = Contact.objects.visible_to(actor).select_related("account__summary")
    mails = {piece.email.lower() for piece in pieces if piece.email}
    by_mail: dict[str, Contact | None] = {}
    for contact in people.alias(mail=Lower("email")).filter(mail__in=mails):
        mail = contact.email.lower()
        # One address at two accounts tells nobody which of them spoke.
        by_mail[mail] = None if mail in by_mail else contact
    ids = {piece.contact_id for piece in pieces if piece.contact_id}
    named = {piece.account_id for piece in pieces if piece.account_id} | set(refs.values())
    accounts = Account.objects.visible_to(actor).select_related("summary").filter(pk__in=named)
    return _Known(
        accounts={account.pk: account for account in accounts},
        refs=refs,
        contacts={contact.pk: contact for contact in people.filter(pk__in=ids)},
        mails=by_mail,
        pieces=_taken_before(pieces),
    )


def _taken_before(pieces: Sequence[Piece]) -> dict[tuple[str, str], Feedback]:
    keys = [(piece.source_system, piece.external_id) for piece in pieces if piece.external_id]
    rows = Feedback.objects.filter(
        source_system__in={system for system, _id in keys}, external_id__in={id_ for _system, id_ in keys}
    ).exclude(external_id=None)
    return {(row.source_system, row.external_id or ""): row for row in rows}


@transaction.atomic
def _take(actor: User, piece: Piece, known: _Known) -> Outcome:
    placed = _place(actor, piece, known)
    if isinstance(placed, Outcome):
        return placed
    account, contact = placed
    before = known.pieces.get((piece.source_system, piece.external_id or "")) if piece.external_id else None
    if before is not None and before.account_id != (account.pk if account else None):
        # SECURITY: an id that is taken says nothing about the account that it belongs to.
        seen = Feedback.objects.visible_to(actor).filter(pk=before.pk).exists()
        if not seen or account is not None:
            return _refused("external_id", _("This id belongs to other feedback."))
    score = score_fields(piece.score, piece.scale)["score"]
    is_same = before is not None and (before.text, before.score) == (piece.text, score)
    if before is not None and is_same:
        return Outcome("unchanged", before.pk)
    feedback = take_feedback(
        account=account,
        contact=contact,
        text=piece.text,
        source=piece.source,
        received_at=piece.received_at or now(),
        score=piece.score,
        scale=piece.scale,
        language=piece.language,
        author=piece.author,
        url=piece.url,
        source_system=piece.source_system,
        external_id=piece.external_id,
    )
    if piece.external_id:
        known.pieces[piece.source_system, piece.external_id] = feedback
    return Outcome("updated" if before is not None else "created", feedback.pk)


def _place(actor: User, piece: Piece, known: _Known) -> tuple[Account | None, Contact | None] | Outcome:
    """Whose words they are, or why not."""
    contact = known.contacts.get(piece.contact_id) if piece.contact_id else known.mails.get(piece.email.lower())
    if piece.contact_id and contact is None:
        return _refused("contact", _("There is no such contact."))
    if not piece.account_id and not piece.account_ref:
        if contact is None and actor.role not in {"admin", "manager"}:
            return _refused("account", _("Name an account or a person that you see."))
        return contact.account if contact else None, contact
    account_id = known.refs.get(piece.account_ref) if piece.account_ref else piece.account_id
    account = known.accounts.get(account_id or 0)
    if account is None:
        return _refused("account", _("There is no such account."))
    is_theirs = contact is not None and contact.account_id == account.pk
    if piece.contact_id and not is_theirs:
        return _refused("contact", _("This person belongs to another account."))
    return account, contact if is_theirs else None


def _refused(name: str, words: str) -> Outcome:
    return Outcome("rejected", errors={name: [words]})
