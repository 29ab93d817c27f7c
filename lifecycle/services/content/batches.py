"""One piece of content to many people: chosen at once, sent by workers, each person judged when the turn comes."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from lifecycle.models import AccountMail, ContentBatch, ContentItem, ContentSend
from lifecycle.selectors.content import audience_of
from lifecycle.services.mails import judge, reason_words, send_account_mail
from team.clock import now
from team.models import User
from team.services.notices import notify

AT_ONCE = 50


class BatchRefused(ValueError):
    """The batch makes no sense; the message says why, for people."""


def filled_words(text: str, content: ContentItem) -> str:
    """The words with the item's title and address in place; the other merge fields are filled person by person."""
    for name, value in (("content.title", content.title), ("content.url", content.url)):
        text = text.replace("{{ " + name + " }}", value).replace("{{" + name + "}}", value)
    return text


@transaction.atomic
def start_batch(
    *,
    actor: User,
    content: ContentItem,
    conditions: list[dict[str, Any]],
    personas: Sequence[str],
    subject: str,
    body: str,
    asks_for: str,
    expected: int,
) -> ContentBatch:
    """Choose the people now and leave the sending to workers. `expected` is the number that the person confirmed.

    Raises:
        BatchRefused: when nobody is chosen, or the number is another by now.
        PermissionDenied: for those who change no facts.
    """
    if not actor.can_edit:
        raise PermissionDenied
    people = audience_of(actor=actor, conditions=conditions, personas=personas)
    chosen = list(people.values_list("pk", "account_id"))
    if not chosen:
        raise BatchRefused(_("Nobody fits: loosen the conditions or the personas."))
    if len(chosen) != expected:
        raise BatchRefused(_("By now %(count)d people fit; type the new number.") % {"count": len(chosen)})
    batch = ContentBatch.objects.create(
        content=content,
        conditions=conditions,
        personas=list(personas),
        subject=filled_words(subject, content)[:200],
        body=filled_words(body, content),
        asks_for=asks_for[:200],
        created_by=actor,
        created_at=now(),
        total=len(chosen),
    )
    ContentSend.objects.bulk_create(
        [
            ContentSend(content=content, batch=batch, contact_id=contact_id, account_id=account_id)
            for contact_id, account_id in chosen
        ],
        batch_size=5000,
    )
    return batch


def send_batches(*, limit: int = AT_ONCE) -> int:
    """Send what waits, each person in a transaction of its own; returns how many were dealt with.

    Several workers share the work (SKIP LOCKED); a crash loses nothing and sends nothing twice: the row, the mail and
    its place in the outbox are one transaction.
    """
    done = 0
    while done < limit and _send_next():
        done += 1
    _finish_batches()
    return done


@transaction.atomic
def _send_next() -> bool:
    waiting = ContentSend.objects.filter(
        state=ContentSend.State.WAITING, batch__stopped_at__isnull=True, batch__isnull=False
    )
    rows = waiting.select_for_update(skip_locked=True, of=("self",)).select_related(
        "batch__created_by", "contact__account", "account"
    )
    send = rows.order_by("batch", "id").first()
    if send is None or send.batch is None:
        return False
    verdict = judge(send.contact)
    if verdict.reason:
        _refuse(send, reason_words(verdict.reason), verdict.next_free_on)
        return True
    mail = AccountMail.objects.create(
        account=send.account,
        contact=send.contact,
        owner=send.batch.created_by,
        subject=send.batch.subject,
        body=send.batch.body,
        asks_for=send.batch.asks_for,
        is_automated=True,
        state=AccountMail.State.REVIEW,
    )
    mail = send_account_mail(actor=None, mail=mail)
    if mail.state != AccountMail.State.SENT:
        AccountMail.objects.filter(pk=mail.pk).update(state=AccountMail.State.REFUSED)
        _refuse(send, mail.refusal, mail.next_free_on, mail)
        return True
    ContentSend.objects.filter(pk=send.pk).update(state=ContentSend.State.SENT, mail=mail, sent_at=now())
    return True


def _refuse(send: ContentSend, why: str, next_free_on: Any, mail: AccountMail | None = None) -> None:
    ContentSend.objects.filter(pk=send.pk).update(
        state=ContentSend.State.REFUSED, refusal=why[:200], next_free_on=next_free_on, mail=mail
    )


def _finish_batches() -> None:
    waiting = ContentSend.objects.filter(batch=OuterRef("pk"), state=ContentSend.State.WAITING)
    over = ContentBatch.objects.filter(~Exists(waiting), finished_at__isnull=True, stopped_at__isnull=True)
    for batch in over.select_related("content", "created_by")[:20]:
        if ContentBatch.objects.filter(pk=batch.pk, finished_at__isnull=True).update(finished_at=now()):
            notify(
                user=batch.created_by,
                kind="content",
                text=_("“%(title)s” is sent") % {"title": batch.content.title},
                url=f"/library/sends/{batch.pk}/",
                dedupe_key=f"content-batch:{batch.pk}",
            )


@transaction.atomic
def stop_batch(*, actor: User, batch: ContentBatch) -> int:
    """Send no more of it; what went cannot come back. Returns how many people were spared."""
    if not actor.can_edit:
        raise PermissionDenied
    if not ContentBatch.objects.filter(pk=batch.pk, finished_at=None, stopped_at=None).update(stopped_at=now()):
        return 0
    waiting = ContentSend.objects.filter(batch=batch, state=ContentSend.State.WAITING)
    return waiting.update(state=ContentSend.State.REFUSED, refusal=_("Stopped"))
