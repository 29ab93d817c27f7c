"""Mail from the account: writing, drafts, and what became of one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Account
from lifecycle.models import AccountMail
from lifecycle.selectors.mails import letter_of
from lifecycle.services.mail_drafts import discard_draft
from lifecycle.views.mail_writing import write_mail
from team.http.access import current_user, requires_editor
from ui.http import done, render_part

_PARTS = ("account__csm", "contact", "owner", "author", "template", "run__play__playbook", "reviewed_by")


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def mail_compose(request: HttpRequest, account_id: int) -> HttpResponse:
    """Write to a person of the account; a dialog, and a page of its own."""
    account = get_object_or_404(Account.objects.editable_by(current_user(request)).select_related("csm"), pk=account_id)
    return write_mail(request, account=account, mail=None, back=reverse("account", args=[account.pk]))


def open_mail(request: HttpRequest, mail_id: int) -> AccountMail:
    """A mail that the user may still change: one in review, or an own draft. 404 for every other."""
    user = current_user(request)
    mail = get_object_or_404(AccountMail.objects.editable_by(user).select_related(*_PARTS), pk=mail_id)
    is_own_draft = mail.state == AccountMail.State.DRAFT and mail.author_id == user.pk
    if mail.state == AccountMail.State.REVIEW or is_own_draft:
        return mail
    return get_object_or_404(AccountMail.objects.none())


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def mail_edit(request: HttpRequest, mail_id: int) -> HttpResponse:
    """Go on with a draft, or change a play's mail before it goes."""
    mail = open_mail(request, mail_id)
    back = "mail_review" if mail.state == AccountMail.State.REVIEW else "mail_drafts"
    return write_mail(request, account=mail.account, mail=mail, back=reverse(back))


@require_safe
@requires_editor
def mail_drafts(request: HttpRequest) -> HttpResponse:
    """The own drafts, newest first."""
    user = current_user(request)
    drafts = AccountMail.objects.editable_by(user).drafted_by(user).select_related("account", "contact")
    context = {"drafts": drafts.order_by("-created_at")[:100]}
    return render_part(request, "lifecycle/mails/drafts.html", "drafts", context)


@require_POST
@requires_editor
def mail_discard(request: HttpRequest, mail_id: int) -> HttpResponse:
    """Throw an own draft away."""
    discard_draft(actor=current_user(request), mail=open_mail(request, mail_id))
    return done(request, reverse("mail_drafts"), _("Draft thrown away"), event="mails-changed")


@require_safe
def mail(request: HttpRequest, mail_id: int) -> HttpResponse:
    """One mail as the customer reads it, why it was written, and what became of it."""
    user = current_user(request)
    rows = AccountMail.objects.visible_to(user).select_related(*_PARTS)
    found = get_object_or_404(rows.exclude(state=AccountMail.State.DRAFT), pk=mail_id)
    context = {
        "mail": found,
        "letter": letter_of(found),
        "can_edit": AccountMail.objects.editable_by(user).filter(pk=found.pk).exists(),
    }
    return render_part(request, "lifecycle/mails/mail.html", "peek", context)
