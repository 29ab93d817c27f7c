"""Writing a mail: one form that fills, previews, keeps and sends."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account, Contact
from lifecycle.forms.mails import MailForm
from lifecycle.models import AccountMail
from lifecycle.selectors.mails import template_in, templates_by_slug
from lifecycle.services.mail_drafts import edit_mail, save_draft
from lifecycle.services.mails import FINAL, judge, reason_words, send_account_mail
from team.http.access import current_user
from ui.http import done, render_part

TEMPLATE = "lifecycle/mails/compose.html"
CHANGED = "account-changed"


def write_mail(request: HttpRequest, *, account: Account, mail: AccountMail | None, back: str) -> HttpResponse:
    """The form, its preview, and what the pressed button (`do`) asks for: fill, preview, save or send.

    Sending goes through the preview: it shows what the person will read, and what the contact budget says, before the
    only step that cannot be taken back.
    """
    user = current_user(request)
    # Without a button: htmx sends the form because another person or template was chosen.
    do = request.POST.get("do", "fill") if request.method == "POST" else ""
    if not do or do in {"fill", "edit"}:
        data = _start(request, account, mail) if not do else _filled(request, account, fill=do == "fill")
        return _show_form(request, MailForm(initial=data, user=user, account=account, mail=mail), mail, back)
    form = MailForm(request.POST, user=user, account=account, mail=mail)
    if not form.is_valid():
        return _show_form(request, form, mail, back, status=422)
    if do == "save":
        kept = _keep(request, form, mail)
        return done(request, reverse("mail_edit", args=[kept.pk]), _("Draft saved"), event="mails-changed")
    if problem := form.letter().problem:
        form.add_error("body", problem)
        return _show_form(request, form, mail, back, status=422)
    return _send(request, form, mail, back) if do == "send" else _show_preview(request, form, mail, back)


def _send(request: HttpRequest, form: MailForm, mail: AccountMail | None, back: str) -> HttpResponse:
    """Send it, or show again what holds it back; then it is kept as a draft."""
    is_confirmed = request.POST.get("is_confirmed") == "yes"
    sent = send_account_mail(actor=form.user, mail=_keep(request, form, mail), is_confirmed=is_confirmed)
    if sent.state != AccountMail.State.SENT:
        return _show_preview(request, form, sent, back, status=422)
    words = _("The mail to %(name)s is on its way") % {"name": sent.contact.name}
    return done(request, back, words, event=CHANGED)


def _start(request: HttpRequest, account: Account, mail: AccountMail | None) -> dict[str, Any]:
    """What the form starts with: the mail at hand, or who and which template the address names."""
    if mail is not None:
        return {
            "contact": mail.contact_id,
            "template": mail.template.slug if mail.template else "",
            "subject": mail.subject,
            "body": mail.body,
            "asks_for": mail.asks_for,
            "due_on": mail.due_on,
        }
    data = {name: request.GET.get(name, "") for name in ("contact", "template", "subject", "body", "asks_for")}
    if data["template"]:
        return _with_template(account, data)
    return data


def _filled(request: HttpRequest, account: Account, *, fill: bool) -> dict[str, Any]:
    """What was typed so far; a template that was just chosen replaces the words, in the person's language."""
    names = ("contact", "template", "subject", "body", "asks_for", "due_on")
    data: dict[str, Any] = {name: request.POST.get(name, "") for name in names}
    return _with_template(account, data) if fill and data["template"] else data


def _with_template(account: Account, data: dict[str, Any]) -> dict[str, Any]:
    family = templates_by_slug().get(data["template"])
    if family is None:
        return data
    key = str(data.get("contact", ""))
    contact = Contact.objects.filter(account=account, pk=key).first() if key.isdecimal() else None
    template = template_in(family, contact.language if contact else "en")
    words = {"subject": template.subject, "body": template.body}
    return data | words | {"asks_for": data.get("asks_for") or template.wanted_action}


def _keep(request: HttpRequest, form: MailForm, mail: AccountMail | None) -> AccountMail:
    data = form.cleaned_data
    user = current_user(request)
    fields = {name: data[name] for name in ("contact", "template", "subject", "body", "asks_for", "due_on")}
    if mail is not None and mail.state == AccountMail.State.REVIEW:
        return edit_mail(actor=user, mail=mail, **fields)
    return save_draft(actor=user, account=form.account, mail=mail, **fields)


def _show_form(
    request: HttpRequest, form: MailForm, mail: AccountMail | None, back: str, *, status: int = 200
) -> HttpResponse:
    return render_part(request, TEMPLATE, "dialog", _context(form, mail, back), status=status)


def _show_preview(
    request: HttpRequest, form: MailForm, mail: AccountMail | None, back: str, *, status: int = 200
) -> HttpResponse:
    """The mail as it will be read, with what the budget says about it now."""
    contact = form.cleaned_data["contact"]
    verdict = judge(contact)
    is_automated = mail is not None and mail.is_automated
    context = _context(form, mail, back) | {
        "letter": form.letter(),
        "contact": contact,
        "refusal": reason_words(verdict.reason) if verdict.reason else "",
        "next_free_on": verdict.next_free_on,
        "may_go_on": verdict.reason not in FINAL and not is_automated,
        "is_automated": is_automated,
    }
    return render_part(request, TEMPLATE, "dialog", context, status=status)


def _context(form: MailForm, mail: AccountMail | None, back: str) -> dict[str, Any]:
    writer = form.user if mail is None else (mail.author or mail.owner)
    action = reverse("mail_edit", args=[mail.pk]) if mail else reverse("mail_compose", args=[form.account.pk])
    return {
        "form": form,
        "account": form.account,
        "mail": mail,
        "writer": writer,
        "back": back,
        "action": action,
        "letter": None,
        "is_review": mail is not None and mail.state == AccountMail.State.REVIEW,
    }
