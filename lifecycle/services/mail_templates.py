"""The words that people and plays start from."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.formulas.slugs import free_slug, slug_base
from lifecycle.models import MailTemplate, Playbook
from team.models import ActionLog, User
from team.services.undo import CannotUndo, log_action

TEMPLATE_FIELDS = frozenset({"name", "language", "subject", "body", "wanted_action", "stage_kind", "persona"})


def _check_names(fields: dict[str, Any]) -> None:
    if unknown := set(fields) - TEMPLATE_FIELDS:
        raise TypeError(f"templates have no {', '.join(sorted(unknown))}")


def _free_slug(name: str) -> str:
    base = slug_base(name, longest=50, fallback="template")
    return free_slug(base, set(MailTemplate.everything.filter(slug__startswith=base).values_list("slug", flat=True)))


@transaction.atomic
def create_template(*, actor: User | None, of: MailTemplate | None = None, **fields: Any) -> MailTemplate:
    """Add a template, or with `of` that template in another language.

    Raises ValidationError when it has that language already (one_template_per_language).
    """
    _check_names(fields)
    template = MailTemplate(slug=of.slug if of else _free_slug(fields["name"]), created_by=actor, **fields)
    return _saved(template)


@transaction.atomic
def edit_template(*, actor: User, template: MailTemplate, **fields: Any) -> MailTemplate:
    """Change the words; mails that were written keep theirs. Raises ValidationError as `create_template`."""
    _check_names(fields)
    for name, value in fields.items():
        setattr(template, name, value)
    template.version += 1
    return _saved(template)


def _saved(template: MailTemplate) -> MailTemplate:
    try:
        with transaction.atomic():
            template.save()
    except IntegrityError as error:
        raise ValidationError({"language": _("The template has this language already.")}) from error
    return template


def playbooks_using(template: MailTemplate) -> list[Playbook]:
    """Playbooks, archived ones left out, with a step that writes the template; none while another language is left."""
    if MailTemplate.objects.filter(slug=template.slug).exclude(pk=template.pk).exists():
        return []
    using = Playbook.objects.filter(archived_at=None, steps__kind="mail", steps__options__template=template.slug)
    return list(using.distinct())


@transaction.atomic
def delete_template(*, actor: User, template: MailTemplate) -> ActionLog | None:
    """Hide a template for 30 days, then for good; None when it was deleted already.

    Raises ValidationError while a playbook writes it, with their names.
    """
    if using := playbooks_using(template):
        names = ", ".join(playbook.name for playbook in using)
        raise ValidationError(
            _("Playbooks write it: %(names)s. Choose another template there first.") % {"names": names}
        )
    if MailTemplate.objects.filter(pk=template.pk).update(deleted_at=timezone.now()) != 1:
        return None
    return log_action(
        actor=actor,
        verb=_("Deleted the template “%(name)s”") % {"name": template.name},
        service="lifecycle.restore_template",
        arguments={"template_id": template.pk},
        url=reverse("mail_templates"),
    )


@transaction.atomic
def restore_template(*, actor: User, template_id: int) -> bool:
    """Bring a deleted template back; False when it is there. Raises CannotUndo when another took its language."""
    rows = MailTemplate.everything.filter(pk=template_id, deleted_at__isnull=False)
    try:
        with transaction.atomic():
            return rows.update(deleted_at=None, version=F("version") + 1) == 1
    except IntegrityError as error:
        raise CannotUndo(_("The template has this language again already.")) from error


@transaction.atomic
def purge_templates(*, before: dt.datetime, limit: int) -> int:
    """Templates deleted before the moment go for good; the mails written from them stay."""
    ids = list(MailTemplate.everything.filter(deleted_at__lt=before).values_list("pk", flat=True)[:limit])
    MailTemplate.everything.filter(pk__in=ids).delete()
    return len(ids)
