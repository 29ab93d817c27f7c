"""What came back by mail, on screen: the list, one mail, "this was wrong"."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.http.editing import undo_url
from accounts.models import Contact
from accounts.services.bounces import unblock_address
from outbox.formulas.bounces import REASONS
from outbox.models import ReceivedMail
from team.http.access import current_user, requires_role
from team.models import Role
from ui.components.marks import badge
from ui.formats import NOTHING, moment
from ui.http import done, render_part
from ui.lists import Column, Empty, Filter, ListSpec, build_list, list_response
from voc.selectors.received import visible_received
from voc.services.receiving.whose import contact_of

READERS = (Role.ADMIN, Role.MANAGER, Role.CSM)
Kind, Outcome = ReceivedMail.Kind, ReceivedMail.Outcome
TONES = {Outcome.BLOCKED: "critical", Outcome.OPTED_OUT: "risk", Outcome.PAUSED: "watch", Outcome.UNKNOWN: "watch"}
TONES |= {Outcome.ANSWERED: "great", Outcome.LOGGED: "good"}


def outcome_badge(received: ReceivedMail) -> SafeString:
    """What was made of it, as words with a colour."""
    return badge(received.get_outcome_display(), tone=TONES.get(Outcome(received.outcome), ""), title=received.note)


def why(received: ReceivedMail) -> str:
    """The reason of a bounce, else the note, else the first words."""
    report = getattr(received, "delivery_report", None)
    if report is not None:
        return f"{REASONS[report.reason]}" + (f", {received.note}" if received.note else "")
    return received.note or " ".join(received.words.split())[:120]


def who(received: ReceivedMail) -> str:
    """Whose mail it is: of a bounce the address that could not be reached, for its sender is a machine."""
    report = getattr(received, "delivery_report", None)
    return report.address if report is not None and report.address else received.sender


RECEIVED = ListSpec(
    name="received",
    label=gettext_lazy("Received"),
    default_sort="-id",
    search=("sender", "subject", "words"),
    row_url=lambda received: reverse("received", args=[received.pk]),
    columns=(
        Column("sender", gettext_lazy("Who"), cell=who, export=who, width="xl", rank=1, is_fixed=True),
        Column("kind", gettext_lazy("What"), cell=lambda row: row.get_kind_display(), width="md", rank=2),
        Column(
            "outcome", gettext_lazy("What followed"), cell=outcome_badge, export=lambda row: row.outcome, width="xl"
        ),
        Column("why", gettext_lazy("Why"), cell=why, export=why, width="fill", rank=1),
        Column("subject", gettext_lazy("Subject"), width="lg", rank=3),
        Column(
            "id",
            gettext_lazy("Received"),
            kind="time",
            source="received_at",
            sort="id",
            width="sm",
            is_descending_first=True,
        ),
    ),
    filters=(
        Filter("kind", gettext_lazy("What"), path="kind", choices=Kind.choices),
        Filter("outcome", gettext_lazy("What followed"), path="outcome", choices=Outcome.choices),
        Filter("reason", gettext_lazy("Reason"), path="delivery_report__reason", choices=tuple(REASONS.items())),
        Filter("about", gettext_lazy("About"), kind="text", path="subject_ref"),
    ),
    empty=Empty(
        gettext_lazy("Nothing has come back"),
        gettext_lazy("Bounces, complaints, auto-replies and answers stand here once mail is passed on to Perennial."),
        icon="inbox",
    ),
)


@require_safe
@requires_role(*READERS)
def received_mails(request: HttpRequest) -> HttpResponseBase:
    """What came in, what it was and what followed from it."""
    page = build_list(request, RECEIVED, visible_received(current_user(request)).defer("text"))
    context = {"is_open": bool(settings.MAIL_RECEIVE_SECRET)}
    return list_response(request, "voc/received/mails.html", page, context)


@require_safe
@requires_role(*READERS)
def received(request: HttpRequest, pk: int) -> HttpResponse:
    """One mail: whose it is, what it says, what followed, and how to take that back."""
    mail = get_object_or_404(visible_received(current_user(request)), pk=pk)
    contact = contact_of(mail)
    report = getattr(mail, "delivery_report", None)
    about = [
        (_("What"), mail.get_kind_display()),
        (_("What followed"), outcome_badge(mail)),
        (_("From"), mail.sender or NOTHING),
        (_("To"), mail.recipient or NOTHING),
        (_("Received"), moment(mail.received_at)),
        (_("Written"), moment(mail.sent_at) if mail.sent_at else NOTHING),
        (_("Came by"), mail.source),
    ]
    context = {
        "mail": mail,
        "contact": contact,
        "about": about,
        "report": report,
        "reason": REASONS[report.reason] if report is not None else "",
        "can_unblock": report is not None and report.lifted_at is None and may_unblock(request, contact),
    }
    return render_part(request, "voc/received/mail.html", "mail", context)


def may_unblock(request: HttpRequest, contact: Contact | None) -> bool:
    """Whoever edits the contact; without one an admin."""
    user = current_user(request)
    if contact is None:
        return user.role == Role.ADMIN
    return Contact.objects.editable_by(user).filter(pk=contact.pk).exists()


@require_POST
@requires_role(*READERS)
def received_unblock(request: HttpRequest, pk: int) -> HttpResponse:
    """This was wrong: the address works. Its contacts are active again, mail goes there at once."""
    mail = get_object_or_404(visible_received(current_user(request)).exclude(delivery_report=None), pk=pk)
    url = reverse("received", args=[mail.pk])
    if not may_unblock(request, contact_of(mail)):
        raise PermissionDenied
    logs = unblock_address(actor=current_user(request), address=mail.delivery_report.address)
    undo = undo_url(logs[0]) if len(logs) == 1 else None
    return done(request, url, _("Mail goes to this address again"), undo=undo, event="received-changed")
