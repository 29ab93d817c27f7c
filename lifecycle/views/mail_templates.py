"""Templates of mails: the list, and the words in each language with a preview."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lifecycle.forms.mails import TemplateForm
from lifecycle.models import MailTemplate
from lifecycle.selectors.mails import known_fields
from lifecycle.selectors.templates import preview_template, read_templates
from lifecycle.services import mail_templates as services
from team.http.access import current_user, posted, requires_role
from team.models import Role
from ui.http import done, render_part, say

WRITERS = (Role.ADMIN, Role.MANAGER)
READERS = (*WRITERS, Role.CSM, Role.VIEWER)


@require_safe
@requires_role(*READERS)
def mail_templates(request: HttpRequest) -> HttpResponse:
    """Each template with its languages, and how often it was sent."""
    context = {"families": read_templates(), "can_write": current_user(request).role in WRITERS}
    return render_part(request, "lifecycle/mails/templates.html", "templates", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*WRITERS)
def mail_template_create(request: HttpRequest) -> HttpResponse:
    """A new template, or (`?of=`) one in another language, which starts from the words there are."""
    key = request.GET.get("of", "")
    of = get_object_or_404(MailTemplate, pk=key) if key.isdecimal() else None
    names = ("name", "subject", "body", "wanted_action", "stage_kind", "persona")
    start: dict[str, Any] = {name: getattr(of, name) for name in names} if of else {}
    start["language"] = request.GET.get("language", "en")
    form = TemplateForm(posted(request), initial=start)
    if _is_save(request) and form.is_valid():
        try:
            saved = services.create_template(actor=current_user(request), of=of, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return done(request, reverse("mail_template_edit", args=[saved.pk]), _("Template saved"))
    return _show(request, form, None, of)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*WRITERS)
def mail_template_edit(request: HttpRequest, template_id: int) -> HttpResponse:
    """The words in one language, with a preview for a real customer."""
    template = get_object_or_404(MailTemplate, pk=template_id)
    form = TemplateForm(posted(request), instance=template)
    if _is_save(request) and form.is_valid():
        try:
            services.edit_template(actor=current_user(request), template=template, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return done(request, reverse("mail_template_edit", args=[template.pk]), _("Template saved"))
    return _show(request, form, template, template)


def _is_save(request: HttpRequest) -> bool:
    return request.method == "POST" and request.POST.get("do") != "preview"


def _show(
    request: HttpRequest, form: TemplateForm, template: MailTemplate | None, family: MailTemplate | None
) -> HttpResponse:
    """The form beside what a customer would read."""
    names = ("language", "subject", "body", "wanted_action")
    language, subject, body, ask = (str(form[name].value() or "") for name in names)
    variants = list(MailTemplate.objects.filter(slug=family.slug).order_by("language")) if family else []
    missing = [pair for pair in settings.LANGUAGES if pair[0] not in {each.language for each in variants}]
    context = {
        "form": form,
        "template": template,
        "family": family,
        "family_key": str(family.pk) if family else "",
        "variants": variants,
        "missing": missing if family else [],
        "fields": known_fields(),
        "preview": preview_template(
            user=current_user(request), language=language, subject=subject, body=body, asks_for=ask
        ),
    }
    is_wrong = bool(form.errors) and _is_save(request)
    parts = ("preview", "template")
    return render_part(request, "lifecycle/mails/template.html", parts, context, status=422 if is_wrong else 200)


@require_POST
@requires_role(*WRITERS)
def mail_template_delete(request: HttpRequest, template_id: int) -> HttpResponse:
    """Delete one language of a template; refused while a playbook writes the last one."""
    template = get_object_or_404(MailTemplate, pk=template_id)
    try:
        action = services.delete_template(actor=current_user(request), template=template)
    except ValidationError as error:
        say(request, " ".join(error.messages), is_bad=True)
        return HttpResponseRedirect(reverse("mail_template_edit", args=[template.pk]))
    undo = reverse("undo", args=[action.pk]) if action else None
    say(request, _("Template deleted"), undo=undo)
    return HttpResponseRedirect(reverse("mail_templates"))
