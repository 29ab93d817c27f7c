"""From the press of a button to a file on the account. The row is the job; the queue carries its id."""

import datetime as dt
import logging
import re
from collections.abc import Callable

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from accounts.models import Account
from accounts.services.files import add_file
from accounts.services.versions import require_editor
from team.clock import today
from team.models import User
from workspace.formulas.decks import Composition, as_json, composition_of, digest_of, slides_as_json
from workspace.formulas.slides import Review
from workspace.models import Deck, DeckJob
from workspace.selectors.decks import read_review
from workspace.selectors.decks.reading import languages
from workspace.services.decks.problems import CannotBeMade

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(seconds=60)
MOST_ATTEMPTS = 3
# Named, not imported: what draws is slow to load, and the web server never draws.
WRITERS = {
    DeckJob.Kind.PDF: "workspace.services.decks.pdf.write_pdf",
    DeckJob.Kind.PPTX: "workspace.services.decks.pptx.write_pptx",
}
CONTENT_TYPES = {
    DeckJob.Kind.PDF: "application/pdf",
    DeckJob.Kind.PPTX: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
LOST = gettext_lazy("It could not be made, three times. The log of the worker says why.")


@transaction.atomic
def compose_deck(*, actor: User, account: Account, composition: Composition) -> Deck:
    """Keep how the account's review is composed; the last one who saves decides.

    Raises:
        PermissionDenied: when the actor does not edit the account.
    """
    require_editor(actor, account.pk)
    values = {
        "weeks": composition.weeks,
        "language": composition.language,
        "slides": slides_as_json(composition),
        "updated_by": actor,
    }
    deck, _is_new = Deck.objects.update_or_create(account=account, defaults=values)
    return deck


@transaction.atomic
def ask_for_file(*, actor: User, account: Account, composition: Composition, kind: str) -> DeckJob:
    """Keep the composition and queue a file made from it; twice at once is once (one_open_job_per_deck)."""
    compose_deck(actor=actor, account=account, composition=composition)
    job, _is_new = DeckJob.objects.open().get_or_create(
        account=account,
        kind=kind,
        digest=digest_of(composition),
        state__in=DeckJob.OPEN,
        defaults={"composition": as_json(composition), "asked_by": actor, "state": DeckJob.State.WAITING},
    )
    return job


def jobs_to_work_on(*, moment: dt.datetime) -> list[int]:
    """Open jobs that nobody is at, oldest first."""
    return list(DeckJob.objects.waiting(moment).order_by("pk").values_list("pk", flat=True)[:50])


def make_deck(*, job_id: int) -> bool:
    """Make one file; False when it is gone, done, or in other hands. Safe to run twice: the lease is claimed first."""
    now = timezone.now()
    lease = now + LEASE
    if DeckJob.objects.waiting(now).filter(pk=job_id).update(state=DeckJob.State.WORKING, lease_until=lease) != 1:
        return False
    job = DeckJob.objects.select_related("asked_by").get(pk=job_id)
    DeckJob.objects.filter(pk=job_id).update(attempts=job.attempts + 1, position=0)
    try:
        return _make(job, lease)
    except CannotBeMade as problem:
        return _fail(job, lease, str(problem.words))
    except PermissionDenied:
        return _fail(job, lease, _("You cannot change this account."))
    except ValidationError as error:
        return _fail(job, lease, " ".join(error.messages))


def _make(job: DeckJob, lease: dt.datetime) -> bool:
    if job.attempts >= MOST_ATTEMPTS:
        raise CannotBeMade(LOST)
    account = Account.objects.with_summary().select_related("csm", "segment").filter(pk=job.account_id).first()
    if account is None:
        raise CannotBeMade(_("The account was deleted."))
    # SECURITY: the account may have changed hands while the job waited.
    require_editor(job.asked_by, account.pk)
    composition = composition_of(**job.composition, languages=languages())
    review = read_review(account=account, user=job.asked_by, composition=composition)
    _step(job, lease, 1)
    write: Callable[[Review], bytes] = import_string(WRITERS[DeckJob.Kind(job.kind)])
    content = write(review)
    _step(job, lease, 2)
    with override(composition.language):
        words = _("review")
    stem = re.sub(r"[^\w.]+", "-", f"{account.name[:80]} {words} {today().isoformat()}").strip("-.")
    name = f"{stem}.{job.kind}"
    upload = SimpleUploadedFile(name, content, CONTENT_TYPES[DeckJob.Kind(job.kind)])
    with transaction.atomic():
        kept = add_file(actor=job.asked_by, account=account, upload=upload)
        changed = _mine(job, lease).update(
            state=DeckJob.State.DONE, file=kept, position=3, message="", lease_until=None, finished_at=timezone.now()
        )
        if changed != 1:
            transaction.set_rollback(True)
    if changed != 1:
        # Somebody else took over after our lease: theirs is the file.
        kept.file.storage.delete(str(kept.file.name))
    return changed == 1


def _mine(job: DeckJob, lease: dt.datetime) -> QuerySet[DeckJob]:
    return DeckJob.objects.filter(pk=job.pk, state=DeckJob.State.WORKING, lease_until=lease)


def _step(job: DeckJob, lease: dt.datetime, position: int) -> None:
    _mine(job, lease).update(position=position)


def _fail(job: DeckJob, lease: dt.datetime, message: str) -> bool:
    logger.info("review %s not made: %s", job.pk, message)
    _mine(job, lease).update(
        state=DeckJob.State.FAILED, message=message[:500], lease_until=None, finished_at=timezone.now()
    )
    return False


def purge_jobs(*, before: dt.datetime, limit: int) -> int:
    """Finished jobs from before the moment; the files stay on the account."""
    old = DeckJob.objects.exclude(state__in=DeckJob.OPEN).filter(created_at__lt=before).order_by("pk")
    ids = list(old.values_list("pk", flat=True)[:limit])
    return DeckJob.objects.filter(pk__in=ids).delete()[0]
