"""The review box: what plays want to write, read by a person before it goes."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lifecycle.forms.mails import LaterForm, RejectForm
from lifecycle.forms.tasks import snooze_choices
from lifecycle.models import AccountMail
from lifecycle.selectors.mails import letter_of, review_box
from lifecycle.services.mail_drafts import postpone_mail
from lifecycle.services.mails import judge, reason_words, reject_mail, send_account_mail
from team.clock import today
from team.http.access import current_user, posted, requires_editor
from ui.formats import day as day_words
from ui.http import close_dialog, done, render_part, say, toast, trigger, wants_part

CHANGED = "mails-changed"
MOST_AT_ONCE = 100
_PARTS = ("account__csm", "contact__account", "owner", "author", "run__play__playbook")


def _in_review(request: HttpRequest, mail_id: int) -> AccountMail:
    mails = AccountMail.objects.editable_by(current_user(request)).to_review().select_related(*_PARTS)
    return get_object_or_404(mails, pk=mail_id)


def row_done(request: HttpRequest, text: str) -> HttpResponse:
    """The row goes and the next one is selected; after the last one the box says that it is empty."""
    if not wants_part(request):
        say(request, text)
        return HttpResponseRedirect(reverse("mail_review"))
    response = toast(close_dialog(HttpResponse()), text)
    is_empty = not review_box(current_user(request), whose="me", limit=1).at_hand
    return trigger(response, CHANGED) if is_empty else response


def in_dialog(response: HttpResponse) -> HttpResponse:
    """The form comes back into the dialog instead of replacing the row."""
    response.headers["HX-Retarget"] = "#dialog"
    response.headers["HX-Reswap"] = "innerHTML"
    return response


@require_safe
@requires_editor
def mail_review(request: HttpRequest) -> HttpResponse:
    """Mails of plays to read: own ones, or the team's."""
    whose = "team" if request.GET.get("whose") == "team" else "me"
    box = review_box(current_user(request), whose=whose)
    context = {"box": box, "is_team": whose == "team", "is_mine": whose == "me"}
    return render_part(request, "lifecycle/mails/review.html", "review", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def mail_send(request: HttpRequest, mail_id: int) -> HttpResponse:
    """Key 1: shows the mail once more with what the contact budget says; Enter sends it."""
    mail = _in_review(request, mail_id)
    context = {"mail": mail, "letter": letter_of(mail), "row": f"#mail-{mail.pk}"}
    if request.method == "POST":
        mail = send_account_mail(actor=current_user(request), mail=mail)
        if mail.state == AccountMail.State.SENT:
            return row_done(request, _("The mail to %(name)s is on its way") % {"name": mail.contact.name})
        if mail.state == AccountMail.State.REFUSED:
            return row_done(request, _("Not sent: %(why)s") % {"why": mail.refusal})
        context |= {"refusal": mail.refusal, "next_free_on": mail.next_free_on}
        return in_dialog(render_part(request, "lifecycle/mails/send.html", "dialog", context, status=422))
    verdict = judge(mail.contact)
    context |= {"refusal": reason_words(verdict.reason), "next_free_on": verdict.next_free_on}
    return render_part(request, "lifecycle/mails/send.html", "dialog", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def mail_reject(request: HttpRequest, mail_id: int) -> HttpResponse:
    """Key 3: not sent, with the reason; the play goes on without it."""
    mail = _in_review(request, mail_id)
    form = RejectForm(posted(request))
    if request.method == "POST" and form.is_valid():
        reject_mail(actor=current_user(request), mail=mail, reason=form.cleaned_data["reason"])
        return row_done(request, _("Not sent"))
    context = {"mail": mail, "form": form, "row": f"#mail-{mail.pk}"}
    response = render_part(
        request, "lifecycle/mails/reject.html", "dialog", context, status=422 if form.errors else 200
    )
    return in_dialog(response) if form.errors else response


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def mail_later(request: HttpRequest, mail_id: int) -> HttpResponse:
    """Key h: out of the box until a day."""
    mail = _in_review(request, mail_id)
    form = LaterForm(posted(request))
    if request.method == "POST" and form.is_valid():
        until = form.cleaned_data["until"]
        postpone_mail(actor=current_user(request), mail=mail, until=until)
        text = _("Back on %(day)s") % {"day": day_words(until, today=today())}
        return done(request, reverse("mail_review"), text, event=CHANGED)
    context = {"mail": mail, "form": form, "choices": snooze_choices(today()), "action": request.path}
    return render_part(request, "lifecycle/mails/later.html", "popover", context, status=422 if form.errors else 200)


def _picked(request: HttpRequest) -> Sequence[AccountMail]:
    ids = [int(key) for key in request.POST.getlist("selected") if key.isdecimal() and len(key) < 19]
    mails = AccountMail.objects.editable_by(current_user(request)).to_review().filter(pk__in=ids[:MOST_AT_ONCE])
    return list(mails.select_related(*_PARTS).order_by("created_at", "id"))


@require_POST
@requires_editor
def mail_send_many(request: HttpRequest) -> HttpResponse:
    """Send the picked mails: first who gets what and who not yet, then, confirmed, each for itself."""
    mails = _picked(request)
    if request.POST.get("is_confirmed") != "yes":
        lines = [(mail, letter_of(mail), judge(mail.contact)) for mail in mails]
        ready = [(mail, letter) for mail, letter, verdict in lines if verdict.is_free and not letter.problem]
        held = [
            (mail, letter.problem or reason_words(verdict.reason), verdict.next_free_on)
            for mail, letter, verdict in lines
            if letter.problem or not verdict.is_free
        ]
        context = {"ready": ready, "held": held}
        return render_part(request, "lifecycle/mails/send_many.html", "dialog", context)
    user = current_user(request)
    sent = [send_account_mail(actor=user, mail=mail).state for mail in mails].count(AccountMail.State.SENT)
    words = ngettext("%(n)s mail is on its way.", "%(n)s mails are on their way.", sent) % {"n": sent}
    if sent < len(mails):
        words += " " + _("%(n)s wait, see why.") % {"n": len(mails) - sent}
    return done(request, reverse("mail_review"), words, event=CHANGED)
