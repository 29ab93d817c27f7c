"""Rules that departments give themselves: made with a baseline, looked at on their day, kept, changed or ended."""

import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.services.versions import save_version
from team.clock import now, today
from team.models import Department, Role, User
from team.services.notices import notify
from voc.formulas.own_rules import THEME_SENTIMENT, THEME_VOLUME
from voc.models import DepartmentRule, DepartmentRuleReview, Initiative, Theme
from voc.selectors.department_rules import measure_choices, own_departments, read_measure
from voc.services.insights import NotAllowedNow, Overtaken

State, Verdict = DepartmentRule.State, DepartmentRuleReview.Verdict
EDITABLE = ("statement", "owner", "check_on", "direction")
# So long after its day the lead of the department hears that nobody has looked.
PATIENCE_DAYS = 7


@transaction.atomic
def make_rule(
    *,
    actor: User,
    statement: str,
    department: Department,
    measure: str,
    direction: str,
    check_on: dt.date,
    owner: User | None = None,
    theme: Theme | None = None,
    initiative: Initiative | None = None,
) -> DepartmentRule:
    """A rule, with what it is measured by written down as it is now.

    Raises:
        PermissionDenied: for a department that is not the actor's.
        ValidationError: without a statement or a cause where the measure needs one, for an unknown measure, or a day
            that has come.
    """
    if not own_departments(actor).filter(pk=department.pk).exists():
        raise PermissionDenied(_("This is not your department."))
    if not statement.strip():
        raise ValidationError({"statement": _("Say what you do differently from now on.")})
    if measure in (THEME_VOLUME, THEME_SENTIMENT) and theme is None:
        raise ValidationError({"theme": _("Choose the cause that is to be measured.")})
    if measure not in dict(measure_choices()):
        raise ValidationError({"measure": _("This is not measured.")})
    _check_day(check_on)
    return DepartmentRule.objects.create(
        statement=statement.strip()[:300],
        department=department,
        owner=owner or actor,
        theme=theme,
        initiative=initiative,
        measure=measure,
        direction=direction,
        baseline=read_measure(measure=measure, theme=theme).decimal,
        check_on=check_on,
        made_by=actor,
    )


def _check_day(day: dt.date | None) -> None:
    if day is None or day <= today():
        raise ValidationError({"check_on": _("Pick a day in the future.")})


def _require_editor(actor: User, rule: DepartmentRule) -> None:
    if not DepartmentRule.objects.editable_by(actor).filter(pk=rule.pk).exists():
        raise PermissionDenied(_("This is not your department."))


@transaction.atomic
def edit_rule(*, actor: User, rule: DepartmentRule, version: int | None = None, **fields: Any) -> bool:
    """Change words, owner, day or direction of a rule in force; False when nothing differs. What it is measured by
    stays: another measure is another rule.

    Raises:
        EditConflict: when somebody else changed the same field since `version`.
        PermissionDenied: for a department that is not the actor's.
        ValidationError: for a rule that has ended, or a new day that has come.
    """
    _require_editor(actor, rule)
    if rule.state != State.IN_FORCE:
        raise ValidationError(_("The rule has ended."))
    wanted = {name: value for name, value in fields.items() if name in EDITABLE}
    if wanted.get("check_on", rule.check_on) != rule.check_on:
        _check_day(wanted["check_on"])
    return bool(save_version(rule, version=version, fields=wanted))


@transaction.atomic
def review_rule(
    *,
    actor: User,
    rule: DepartmentRule,
    verdict: str,
    words: str,
    check_on: dt.date | None = None,
    statement: str = "",
) -> DepartmentRuleReview:
    """What was found, with the value of that day: it goes on, goes on with other words, or ends.

    Compare-and-set on the version: of two people at once one is told.

    Raises:
        PermissionDenied: for a department that is not the actor's.
        ValidationError: without words, without a next day for a rule that goes on, or without the new words.
        NotAllowedNow: for a rule that has ended. Overtaken: when somebody else reviewed it meanwhile.
    """
    _require_editor(actor, rule)
    if rule.state != State.IN_FORCE:
        raise NotAllowedNow(_("The rule has ended."))
    verdict = Verdict(verdict)
    if not words.strip():
        raise ValidationError({"words": _("Say what was found.")})
    fields: dict[str, Any] = {}
    if verdict == Verdict.ENDS:
        fields = {"state": State.ENDED, "ended_at": now()}
    else:
        _check_day(check_on)
        fields = {"check_on": check_on}
    if verdict == Verdict.CHANGES:
        if not statement.strip() or statement.strip() == rule.statement:
            raise ValidationError({"statement": _("Say how the rule reads from now on.")})
        fields["statement"] = statement.strip()[:300]
    mine = DepartmentRule.objects.filter(pk=rule.pk, version=rule.version, state=State.IN_FORCE)
    if mine.update(**fields, version=F("version") + 1) != 1:
        raise Overtaken(_("Somebody else changed the rule meanwhile. Look again."))
    value = read_measure(measure=rule.measure, theme=rule.theme).decimal
    rule.refresh_from_db()
    return DepartmentRuleReview.objects.create(
        rule=rule, verdict=verdict, value=value, words=words.strip()[:300], reviewed_by=actor, reviewed_at=now()
    )


def end_rule(*, actor: User, rule: DepartmentRule, words: str) -> DepartmentRuleReview:
    """End it, with the reason: a review like any other. Raises what `review_rule` does."""
    return review_rule(actor=actor, rule=rule, verdict=Verdict.ENDS, words=words)


def sweep_own_rules() -> int:
    """Whose day has come: the owner hears it, and a week later, if nobody has looked, the lead. Returns how many
    notices are new; one per rule, day and person."""
    due = (
        DepartmentRule.objects.filter(state=State.IN_FORCE, check_on__lte=today())
        .select_related("owner", "department__lead")
        .order_by("check_on", "pk")
    )
    told = 0
    for rule in due.iterator(chunk_size=500):
        owner, lead = rule.owner, rule.department.lead
        told += _tell(rule, owner if owner and owner.is_active else lead, "due")
        if (today() - rule.check_on).days >= PATIENCE_DAYS and lead != owner:
            told += _tell(rule, lead, "late")
    return told


def _tell(rule: DepartmentRule, person: User | None, what: str) -> bool:
    if person is None or not person.is_active or person.role == Role.VIEWER:
        return False
    with override(person.language):
        text = _("Look at your rule again: %(rule)s") if what == "due" else _("Nobody has looked at: %(rule)s")
        words = text % {"rule": rule.statement}
    key = f"own_rule:{rule.pk}:{what}:{rule.check_on.isoformat()}"
    return notify(user=person, kind="own_rule", text=words, url=reverse("own_rule", args=[rule.pk]), dedupe_key=key)
