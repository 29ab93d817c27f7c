"""Telling those who asked that it shipped: read, edited, left out, sent."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from team.http.access import current_user, posted
from team.models import User
from ui.http import done, render_part
from voc.forms.initiatives import LeaveOutForm, LetterForm, SendAllForm
from voc.formulas.definitions import LANGUAGES, known_language
from voc.models import Initiative, InitiativeTelling
from voc.selectors.quotes import words_for
from voc.services.initiatives import telling as services
from voc.services.initiatives.telling import tellings_for
from voc.services.insights import NotAllowedNow, Overtaken
from voc.tasks import ring_initiatives
from voc.views.initiatives import CHANGED, answer_form, editable

TABS = ("draft", "queued", "sent", "left_out")
SHOWN = 50


def _of(request: HttpRequest, pk: int, telling: int) -> InitiativeTelling:
    """One person's letter, or 404."""
    rows = tellings_for(current_user(request), editable(request, pk))
    return get_object_or_404(
        rows.select_related("initiative__department", "initiative__owner", "contact__account", "insight"), pk=telling
    )


@require_safe
def tellings(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is told: drafts with their own sentence, what went out, who was left out and why."""
    user, found = current_user(request), editable(request, pk)
    tab = request.GET.get("tab", TABS[0])
    if tab not in TABS:
        raise Http404
    mine = tellings_for(user, found)
    counts = dict.fromkeys(TABS, 0)
    for state in mine.values_list("state", flat=True):
        counts[state] += 1
    rows = mine.filter(state=tab).select_related("contact__account", "verification").order_by("pk")
    shown = list(rows[: SHOWN + 1])
    written = set(found.texts.values_list("language", flat=True))
    context = {
        "initiative": found,
        "tab": tab,
        "counts": counts,
        "lines": [_line(user, row) for row in shown[:SHOWN]],
        "is_cut": len(shown) > SHOWN,
        "hidden": found.tellings.count() - sum(counts.values()),
        "missing": _missing(rows, written) if tab == TABS[0] else [],
        "is_shipped": found.state == Initiative.State.SHIPPED,
        **{f"is_{name}": name == tab for name in TABS},
    }
    return render_part(request, "voc/initiatives/tellings.html", "tellings", context)


def _line(user: User, row: InitiativeTelling) -> dict[str, object]:
    """SECURITY: department members read quotes without personal data."""
    language = known_language(row.contact.language)
    return {"row": row, "quote": words_for(user, row.quote), "language": LANGUAGES[language], "code": language}


def _missing(rows: Any, written: set[str]) -> list[str]:
    """Languages of drafts in which nobody has written what was done."""
    codes = {known_language(code) for code in rows.order_by().values_list("contact__language", flat=True).distinct()}
    return [LANGUAGES[code] for code in LANGUAGES if code in codes - written]


@require_http_methods(["GET", "HEAD", "POST"])
def telling_edit(request: HttpRequest, pk: int, telling: int) -> HttpResponse:
    """Other words for one person."""
    user, found = current_user(request), _of(request, pk, telling)
    form = LetterForm(posted(request), initial={"text": found.text})
    return answer_form(
        request, form, title=found.contact.name, said=_("Saved"), back=reverse("tellings", args=[pk]),
        act=lambda data: services.edit_telling(actor=user, telling=found, **data),
        more={"quote": words_for(user, found.quote)},
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def telling_leave_out(request: HttpRequest, pk: int, telling: int) -> HttpResponse:
    """This person is not told, and why."""
    user, found = current_user(request), _of(request, pk, telling)
    form = LeaveOutForm(posted(request))
    return answer_form(
        request, form, title=_("Leave out"), said=_("Left out"), back=reverse("tellings", args=[pk]),
        save=_("Leave out"), intro=found.contact.name,
        act=lambda data: services.leave_out(actor=user, telling=found, **data),
    )  # fmt: skip


@require_POST
def telling_take_in(request: HttpRequest, pk: int, telling: int) -> HttpResponse:
    """Back to the drafts."""
    found, back = _of(request, pk, telling), f"{reverse('tellings', args=[pk])}?tab=left_out"
    try:
        services.take_in(actor=current_user(request), telling=found)
    except NotAllowedNow as refusal:
        return done(request, back, str(refusal), event=CHANGED)
    return done(request, back, _("Back among the drafts"), event=CHANGED)


@require_POST
def telling_send(request: HttpRequest, pk: int, telling: int) -> HttpResponse:
    """Tell this person."""
    found, back = _of(request, pk, telling), reverse("tellings", args=[pk])
    try:
        is_sent = services.send_telling(actor=current_user(request), telling=found)
    except Overtaken as refusal:
        return done(request, back, str(refusal), event=CHANGED)
    words = _("On its way to the customer") if is_sent else _("Not sent: the list says why.")
    return done(request, back, words, event=CHANGED)


@require_http_methods(["GET", "HEAD", "POST"])
def tellings_send(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell everybody, confirmed by typing how many they are; a worker sends."""
    user, found = current_user(request), editable(request, pk)
    number = tellings_for(user, found).filter(state=InitiativeTelling.State.DRAFT).count()
    form = SendAllForm(posted(request))
    words = ngettext("%(n)d person gets a mail.", "%(n)d people get a mail.", number) % {"n": number}
    intro = f"{words} {_('Type the number to send; what went out cannot be taken back.')}"

    def act(data: dict[str, Any]) -> None:
        services.queue_tellings(actor=user, initiative=found, **data)
        ring_initiatives()

    return answer_form(
        request, form, title=_("Send all"), act=act, said=_("On their way"), save=_("Send"), intro=intro,
        back=f"{reverse('tellings', args=[pk])}?tab=queued",
    )  # fmt: skip
