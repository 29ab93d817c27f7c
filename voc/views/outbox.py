"""The outbox on screen. It lives here because who may read a mail depends on whose customer got it."""

import base64
import hashlib
import json
import re
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_update
from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Contact
from outbox.models import Channel, Message, State
from outbox.services import mark_arrived, send_again
from team.http.access import current_user, requires_role
from team.models import Role, User
from ui.components.marks import badge
from ui.formats import NOTHING, moment
from ui.http import done, render_part
from ui.lists import Column, Empty, Filter, ListSpec, build_list, list_response
from voc.selectors.mail import visible_messages

READERS = (Role.ADMIN, Role.MANAGER, Role.CSM)
TONES = {State.SENT: "good", State.KEPT: "great", State.UNKNOWN: "critical", State.FAILED: "risk"}
TONES |= {State.SUPPRESSED: "watch", State.EXPIRED: "watch"}
STYLE = re.compile(r'\sstyle="([^"]*)"|<style[^>]*>(.*?)</style>', re.DOTALL)


def state_badge(message: Message) -> SafeString:
    """The state as a word with its colour; the reason on hover."""
    return badge(message.get_state_display(), tone=TONES.get(State(message.state), ""), title=message.reason)


def about(rows: QuerySet[Message], operator: str, values: list[Any], user: User) -> QuerySet[Message]:
    """Mail to one contact (`contact:7`) or to all people of an account (`account:3`). The rows are those that the user
    may read."""
    refs: list[str] = []
    for value in values:
        name, _colon, key = str(value).strip().partition(":")
        if name == "account" and key.isdigit():
            people = Contact.everything.visible_to(user).filter(account=int(key))
            refs += [f"contact:{pk}" for pk in people.values_list("pk", flat=True)]
        else:
            refs.append(str(value).strip())
    found = Q(subject_ref__in=refs)
    return rows.exclude(found) if operator == "not" else rows.filter(found)


OUTBOX = ListSpec(
    name="outbox",
    label=gettext_lazy("Outbox"),
    default_sort="-id",
    search=("subject", "recipient"),
    row_url=lambda message: reverse("outbox_message", args=[message.pk]),
    columns=(
        Column("subject", gettext_lazy("Subject"), width="fill", rank=1, is_fixed=True, source="subject"),
        Column("recipient", gettext_lazy("To"), width="xl", rank=2),
        Column("kind", gettext_lazy("Kind"), width="sm", rank=3),
        Column("channel", gettext_lazy("Way"), cell=lambda row: row.get_channel_display(), width="sm", rank=3),
        Column("state", gettext_lazy("State"), cell=state_badge, export=lambda row: row.state, width="md", rank=1),
        Column("reason", gettext_lazy("Why"), width="lg", rank=3),
        Column(
            "id",
            gettext_lazy("Stored"),
            kind="time",
            source="created_at",
            sort="id",
            width="sm",
            is_descending_first=True,
        ),
    ),
    filters=(
        Filter("state", gettext_lazy("State"), path="state", choices=State.choices),
        Filter("channel", gettext_lazy("Way"), path="channel", choices=Channel.choices),
        Filter("kind", gettext_lazy("Kind"), kind="text", path="kind"),
        Filter("about", gettext_lazy("About"), apply=about, kind="text", hint="contact:7, account:3"),
    ),
    empty=Empty(
        gettext_lazy("Nothing has left yet"),
        gettext_lazy("Every mail, webhook and chat message stands here."),
        icon="send",
    ),
)


@require_safe
@requires_role(*READERS)
def outbox(request: HttpRequest) -> HttpResponseBase:
    """What left, what waits, what did not go and why; undecided messages on top."""
    visible = visible_messages(current_user(request))
    page = build_list(request, OUTBOX, visible.defer("body_text", "body_html", "payload"))
    undecided = visible.filter(state=State.UNKNOWN).order_by("-id")[:20]
    return list_response(
        request, "voc/outbox.html", page, {"undecided": undecided, "is_keeping": settings.OUTBOX_SMTP is None}
    )


@require_safe
@requires_role(*READERS)
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]
def outbox_message(request: HttpRequest, pk: int) -> HttpResponse:
    """One message: who, what, every attempt; the HTML in a frame that can do nothing."""
    message = get_object_or_404(visible_messages(current_user(request)), pk=pk)
    context = {
        "message": message,
        "attempts": message.attempts.order_by("number"),
        "badge": state_badge(message),
        "payload": json.dumps(message.payload, indent=2, ensure_ascii=False),
        "about": [
            (_("To"), message.recipient),
            (_("Kind"), message.kind),
            (_("Stored"), moment(message.created_at)),
            (_("Gone"), moment(message.sent_at) if message.sent_at else NOTHING),
            ("Message-ID", message.message_id),
        ],
    }
    return render_part(request, "voc/outbox_message.html", "message", context)


@require_safe
@requires_role(*READERS)
@xframe_options_sameorigin
def outbox_html(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML part alone. SECURITY: somebody else's markup: no script, no form, no foreign thing, in a sandbox; its
    inline styles are let through one by one, by their hash."""
    message = get_object_or_404(visible_messages(current_user(request)), pk=pk)
    # Links in the mail open beside the product, not inside the frame.
    response = HttpResponse(message.body_html.replace("<head>", '<head><base target="_blank">', 1))
    hashes = sorted({hash_of(one or two) for one, two in STYLE.findall(message.body_html)})
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-hashes' {' '.join(hashes)}; frame-ancestors 'self'"
    response.headers["Content-Security-Policy"] = f"{policy}; sandbox allow-popups allow-popups-to-escape-sandbox"
    return response


def hash_of(style: str) -> str:
    """One inline style as a source of the policy."""
    plain = style.replace("&quot;", '"').replace("&#x27;", "'").replace("&#39;", "'").replace("&amp;", "&")
    return f"'sha256-{base64.b64encode(hashlib.sha256(plain.encode()).digest()).decode()}'"


@require_POST
@requires_role(Role.ADMIN)
def outbox_arrived(request: HttpRequest, pk: int) -> HttpResponse:
    """A person knows that it arrived."""
    message = get_object_or_404(visible_messages(current_user(request)), pk=pk)
    is_done = mark_arrived(actor=current_user(request), message=message)
    words = _("Noted: it arrived") if is_done else _("Somebody decided before")
    return done(request, reverse("outbox"), words, event="outbox-changed")


@require_POST
@requires_role(Role.ADMIN)
def outbox_again(request: HttpRequest, pk: int) -> HttpResponse:
    """A person knows that it did not arrive, or takes the chance."""
    message = get_object_or_404(visible_messages(current_user(request)), pk=pk)
    is_done = send_again(actor=current_user(request), message=message)
    words = _("It goes out again") if is_done else _("Somebody decided before")
    return done(request, reverse("outbox"), words, event="outbox-changed")
