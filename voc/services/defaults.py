"""The starter set of voice: survey, themes, rules. Every function may run any number of times."""

from typing import Any

from django.db import transaction

from team.models import Department, Role, User
from voc.models import RoutingRule, Survey, SurveyVersion, Theme
from voc.services.starter import ADVOCACY, DEPARTMENTS, NOT_ITS_CRITICS, NPS_DEFINITION, NPS_NAME, RULES_PER_DEPARTMENT
from voc.services.starter_themes import THEMES
from voc.services.surveys.publishing import publish_survey


@transaction.atomic
def ensure_default_survey(*, owner: User | None = None) -> SurveyVersion:
    """One published NPS survey in English, Danish and Chinese; the newest version when a survey exists already.

    Without `owner` the first admin owns it. Raises User.DoesNotExist on an install without people.
    """
    known = SurveyVersion.objects.filter(survey__kind=Survey.Kind.NPS, survey__deleted_at=None).order_by("id").last()
    if known is not None:
        return known
    if owner is None:
        active = User.objects.filter(is_active=True)
        owner = active.filter(role=Role.ADMIN).order_by("id").first() or active.earliest("id")
    survey = Survey.objects.create(
        name=NPS_NAME,
        kind=Survey.Kind.NPS,
        owner=owner,
        decision="Which customers we call this week, and what we fix next quarter.",
        measure="NPS with its interval, response rate, share of critics answered within two working days",
        target="NPS 40, every critic answered",
        who_reads="Your contact person and the department that can fix it read every answer.",
        draft=NPS_DEFINITION,
    )
    return publish_survey(actor=owner, survey=survey)


@transaction.atomic
def ensure_default_themes() -> int:
    """The starter themes with keywords in three languages; returns how many were new. Known ones keep their words."""
    known = {theme.slug: theme for theme in Theme.objects.filter(slug__in=THEMES)}
    missing = {slug: one for slug, one in THEMES.items() if slug not in known}
    departments = {slug: ensure_department(slug) for slug in {one.department for one in missing.values()}}
    # Those above first: what is made below them names them.
    for is_below in (False, True):
        made = [
            Theme(
                slug=slug,
                name=one.name,
                department=departments[one.department],
                parent=known.get(one.parent),
                keywords=one.keywords,
            )
            for slug, one in missing.items()
            if bool(one.parent) == is_below
        ]
        known.update((theme.slug, theme) for theme in Theme.objects.bulk_create(made))
    return len(missing)


@transaction.atomic
def ensure_default_routing() -> int:
    """The starter rules, when there are none: critics by theme to the department that can act, praise to whom it is
    for, sour tickets to support, every other critic to success. Returns how many were made."""
    ensure_default_themes()
    if RoutingRule.objects.exists():
        return 0
    critic = {"name": "feedback.is_detractor", "operator": "eq", "value": True}
    sour = {"name": "feedback.sentiment", "operator": "lte", "value": -0.4}
    rules: list[tuple[str, list[dict[str, Any]], str, int]] = []
    for department in DEPARTMENTS:
        own = (slug for slug, one in THEMES.items() if one.department == department and one.parent)
        slugs = sorted(slug for slug in own if slug not in NOT_ITS_CRITICS)
        about: dict[str, Any] = {"name": "feedback.theme", "operator": "in", "value": slugs}
        rules.append((RULES_PER_DEPARTMENT[department], [about, critic], department, 2))
        rules.append((f"Sour words, {department}", [about, sour], department, 3))
    glad = {"name": "feedback.score", "operator": "gte", "value": 9}
    rules += [
        (
            "Praise for support back to Support",
            [{"name": "feedback.theme", "operator": "eq", "value": "support"}, glad],
            "support",
            4,
        ),
        (
            "Praise that others should hear to Marketing",
            [{"name": "feedback.theme", "operator": "in", "value": sorted(ADVOCACY)}, glad],
            "marketing",
            4,
        ),
        (
            "Sour words in tickets to Support",
            [{"name": "feedback.source", "operator": "eq", "value": "ticket"}, sour],
            "support",
            3,
        ),
        ("Every other critic to Success", [critic], "success", 2),
    ]
    departments = {slug: ensure_department(slug) for slug in {slug for _name, _match, slug, _priority in rules}}
    RoutingRule.objects.bulk_create(
        RoutingRule(name=name, position=position, match=match, department=departments[slug], priority=priority)
        for position, (name, match, slug, priority) in enumerate(rules)
    )
    return len(rules)


def ensure_department(slug: str) -> Department:
    """The department of that slug, made when it is missing."""
    names = dict(Department.Slug.choices)
    department, _is_new = Department.objects.get_or_create(
        slug=slug, defaults={"name": str(names[Department.Slug(slug)])}
    )
    return department
