"""Asking the people of one account."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.models import Account, Contact
from team.clock import today
from team.http.access import current_user, posted, requires_editor
from ui.formats import day
from ui.http import done, render_part
from voc.forms.sending import SendForm
from voc.selectors.candidates import candidates_of
from voc.services.invitations import InviteResult, invite_contacts


def occasion_of_today() -> str:
    """Rounds are months: who was asked this month is not asked again by a second click."""
    return f"{today():%Y-%m}"


def words_for(result: InviteResult) -> str:
    """What became of a send, as a sentence."""
    number = len(result.invited)
    words = ngettext("%(n)s person is asked.", "%(n)s people are asked.", number) % {"n": number}
    waiting = result.waiting
    if waiting:
        when = day(waiting[0].next_free_on)
        later = ngettext("%(n)s is asked on %(when)s.", "%(n)s are asked later, the first on %(when)s.", len(waiting))
        words += " " + later % {"n": len(waiting), "when": when}
    if len(result.suppressed) > len(waiting):
        words += " " + _("%(n)s not: see Outbox, Not asked.") % {"n": len(result.suppressed) - len(waiting)}
    if result.already:
        words += " " + _("%(n)s had been asked this month.") % {"n": result.already}
    return words


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def survey_send(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: the survey, its people with the budget's verdict, one button. A dialog, and a page of its own."""
    user = current_user(request)
    account = get_object_or_404(Account.objects.editable_by(user), pk=pk)
    people = candidates_of(Contact.objects.filter(account=account).exclude(status=Contact.Status.LEFT))
    form = SendForm(posted(request), candidates=people)
    if request.method == "POST" and form.is_valid():
        result = invite_contacts(
            actor=user,
            survey=form.cleaned_data["survey"],
            contacts=form.cleaned_data["contacts"],
            occasion=occasion_of_today(),
        )
        return done(request, reverse("account", args=[account.pk]), words_for(result), event="account-changed")
    chosen = {int(value) for value in request.POST.getlist("contacts") if value.isdecimal() and len(value) < 19}
    context = {
        "account": account,
        "people": people,
        "form": form,
        "chosen": chosen,
        "has_free": any(one.can_be_picked for one in people),
    }
    return render_part(request, "voc/survey_send.html", "dialog", context, status=422 if form.errors else 200)
