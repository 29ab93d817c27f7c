"""Telling everybody whom an insight affects: one draft each, in their language."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from team.http.access import current_user
from team.models import User
from ui.http import done, render_part
from voc.forms.loop import TellingForm
from voc.models import Insight
from voc.selectors.telling import Affected, Telling, is_quiet, read_telling
from voc.services.insights import NotAllowedNow, Overtaken
from voc.services.loop import TELLABLE, Sender, Told, draft_reply, tell_customers
from voc.services.mails import vendor
from voc.views.decisions import CHANGED


@require_http_methods(["GET", "HEAD", "POST"])
def insight_telling(request: HttpRequest, pk: int) -> HttpResponse:
    """Everybody affected with a draft; sends one, or all after their number was typed."""
    user = current_user(request)
    rows = Insight.objects.answerable_by(user).select_related("account__csm", "department", "theme")
    insight = get_object_or_404(rows, pk=pk)
    telling = read_telling(insight=insight, user=user)
    error = ""
    if request.method == "POST":
        form = TellingForm(request.POST)
        try:
            told = _send(user, insight, telling, form, request.POST)
        except (NotAllowedNow, Overtaken) as refusal:
            error = str(refusal)
            insight.refresh_from_db()
        else:
            return done(request, reverse("insight_telling", args=[pk]), words_of(told), event=CHANGED)
    context = _context(request, user, insight, telling) | {"error": error}
    return render_part(request, "voc/telling/telling.html", "telling", context, status=422 if error else 200)


def _send(user: User, insight: Insight, telling: Telling, form: TellingForm, given: Mapping[str, Any]) -> Told:
    """One person (`only`), or all who wait. Raises NotAllowedNow where the number was not typed."""
    if not form.is_valid():
        raise NotAllowedNow(_("Choose in whose name, and type the number of people."))
    only = str(given.get("only", ""))
    people = [one for one in telling.people if str(one.contact.pk) == only] if only else telling.waiting
    if len(people) > 1 and form.cleaned_data["number"] != len(people):
        raise NotAllowedNow(_("Type %(number)d to send to all of them.") % {"number": len(people)})
    texts = {one.contact.pk: str(given.get(f"text-{one.contact.pk}", "")).strip() for one in people}
    return tell_customers(actor=user, insight=insight, texts=texts, sender=form.cleaned_data["sender"])


def words_of(told: Told) -> str:
    """What was sent, and who could not be told."""
    words = ngettext("%(n)d person is told", "%(n)d people are told", told.sent) % {"n": told.sent}
    return " ".join([words, *(f"{name}: {reason}" for name, reason in told.refused)])


def _context(request: HttpRequest, user: User, insight: Insight, telling: Telling) -> dict[str, object]:
    sender = request.POST.get("sender") or request.GET.get("sender", "")
    if sender not in Sender.values:
        sender = Sender.CSM if insight.account.csm_id == user.pk else Sender.DEPARTMENT
    company = vendor()
    return {
        "insight": insight,
        "telling": telling,
        "rows": [(one, _draft(request, insight, one, sender, company), quiet(one)) for one in telling.people],
        "waiting": len(telling.waiting),
        "sender": sender,
        "senders": [(value, label, value == sender) for value, label in Sender.choices],
        "can_tell": insight.state in TELLABLE,
    }


def _draft(request: HttpRequest, insight: Insight, one: Affected, sender: str, company: str) -> str:
    if not one.is_open and not one.told:
        return ""
    user = current_user(request)
    typed = request.POST.get(f"text-{one.contact.pk}")
    return (
        typed
        if typed is not None
        else draft_reply(insight=insight, contact=one.contact, actor=user, sender=sender, company=company)
    )


def quiet(one: Affected) -> bool:
    """They were told and said nothing within the days that the settings give them."""
    return one.told is not None and is_quiet(one.told)
