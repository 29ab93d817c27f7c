"""Whom a wave would ask: the people behind a rule, a saved view, a file or a list, and what becomes of them."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.formulas.budget import Verdict
from accounts.formulas.conditions import BadCondition, parse_conditions
from accounts.models import Account, Contact, ContactSend
from accounts.selectors.condition_names import condition_catalogue
from accounts.selectors.conditions import matching
from accounts.services.budget import check_contacts, reason_words
from lifecycle.models import StageVisit
from team.clock import now
from team.models import SavedView, User
from voc.formulas.sampling import Person, answers_for, draw, expected_rate, margin
from voc.models import Invitation, Response, Survey, Wave
from voc.selectors.anonymous import answers_by_mail

RULE, VIEW, FILE, LIST = "rule", "view", "file", "list"
# What one can say about an audience before it can be drawn.
STATUS = "account.status"
# Invitations that had their time: only these tell how many answer.
SETTLED_AFTER = dt.timedelta(days=14)


class BadAudience(ValueError):
    """The audience cannot be read (any more); the message says why, for people."""


@dataclass(frozen=True, slots=True)
class AudienceSpec:
    """Who is meant. `kind`: rule, view, file or list; `contact_ids` for the last two; the rest narrows any of them."""

    kind: str = RULE
    view_id: int | None = None
    contact_ids: tuple[int, ...] = ()
    conditions: tuple[Mapping[str, Any], ...] = ()
    personas: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()


def spec_of(wave: Wave) -> AudienceSpec:
    """What a wave's row says."""
    kept = wave.audience
    return AudienceSpec(
        kind=kept.get("kind", RULE),
        view_id=kept.get("view"),
        contact_ids=tuple(kept.get("contacts", ())),
        conditions=tuple(wave.conditions),
        personas=tuple(wave.personas),
        stages=tuple(wave.stages),
    )


def audience_of(wave: Wave | AudienceSpec, *, user: User) -> QuerySet[Contact]:
    """The people meant, at accounts that the user may write to; those whose mail cannot reach them too, so that they
    are named. A rule that asks for no status of the account means customers.

    Raises:
        BadAudience: for a view that is gone or a condition that makes no sense any more.
    """
    spec = spec_of(wave) if isinstance(wave, Wave) else wave
    people: QuerySet[Contact] = Contact.objects.filter(account__in=Account.objects.editable_by(user))
    if spec.kind in (FILE, LIST):
        people = people.filter(pk__in=spec.contact_ids)
    else:
        people = people.exclude(status=Contact.Status.LEFT)
    if spec.kind == VIEW:
        people = _of_view(people, spec.view_id, user)
    if spec.kind == RULE and not any(row.get("name") == STATUS for row in spec.conditions):
        people = people.filter(account__status=Account.Status.CUSTOMER)
    if spec.conditions:
        people = people.filter(account__in=Account.objects.filter(_conditions(spec.conditions)))
    if spec.personas:
        people = people.filter(persona__in=spec.personas)
    if spec.stages:
        standing = StageVisit.objects.open().whole().filter(stage__kind__in=spec.stages)
        people = people.filter(account__in=standing.values("account"))
    return people


def _conditions(raw: Iterable[Mapping[str, Any]]) -> Q:
    try:
        return matching(parse_conditions(list(raw), condition_catalogue()))
    except BadCondition as problem:
        raise BadAudience(str(problem)) from problem


def _of_view(people: QuerySet[Contact], view_id: int | None, user: User) -> QuerySet[Contact]:
    view = SavedView.objects.visible_to(user).filter(pk=view_id or 0, list_name__in=settings.SAVED_VIEW_ROWS).first()
    if view is None:
        raise BadAudience(_("The saved view is gone; choose another one."))
    rows, problems = import_string(settings.SAVED_VIEW_ROWS[view.list_name])(query=view.query, user=user)
    if problems:
        raise BadAudience(_("The saved view cannot be read any more: %(why)s") % {"why": " ".join(problems)})
    column = "account__in" if rows.model is Account else "pk__in"
    return people.filter(**{column: rows.order_by().values("pk")})


def usable_views(user: User) -> QuerySet[SavedView]:
    """Saved views of the account and the contact list that the user may ask by."""
    return (
        SavedView.objects.visible_to(user).filter(list_name__in=settings.SAVED_VIEW_ROWS).order_by("list_name", "name")
    )


def mail_kind(survey: Survey) -> str:
    """What a survey's mail counts as in the contact budget."""
    return ContactSend.Kind.TRANSACTIONAL if survey.is_transactional else ContactSend.Kind.SURVEY


def judge_people(
    people: Iterable[Contact], survey: Survey, *, kind: str = "", at: dt.datetime | None = None
) -> dict[int, Verdict]:
    """What the contact budget says about each of them; a few queries however many they are.

    `kind` of the mail, when it is another one than the survey's own.
    """
    return check_contacts(
        contacts=people,
        kind=kind or mail_kind(survey),
        at=at or now(),
        is_for_renewal=survey.is_about_renewal,
        needs_consent=True if survey.legal_basis == Survey.LegalBasis.CONSENT else None,
    )


@dataclass(frozen=True, slots=True)
class Held:
    """Why some people are not asked now: the rule, its words, how many, and the first day on which one is free."""

    rule: str
    words: str
    count: int
    next_free_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a wave would do now. `margin`: half the NPS interval in points for the answers to expect, None for none."""

    size: int
    accounts: int
    drawn: int
    asked: int
    accounts_asked: int
    held: list[Held]
    rate: float
    rate_from: int
    answers: int
    margin: float | None
    all_margin: float | None
    for_ten: int
    asked_ids: list[int] = field(repr=False)
    verdicts: Mapping[int, Verdict] = field(repr=False)


def draw_people(
    people: Iterable[Contact], survey: Survey, *, seed: int, sample_size: int | None, per_account: int | None
) -> tuple[list[Person], dict[int, Verdict]]:
    """The draw over an audience, with everybody's verdict."""
    found = list(people)
    verdicts = judge_people(found, survey)
    candidates = [Person(one.pk, one.account_id, one.email, verdicts[one.pk].is_free) for one in found]
    return draw(candidates, seed=seed, sample_size=sample_size, per_account=per_account), verdicts


def slim(people: QuerySet[Contact]) -> QuerySet[Contact]:
    """Contacts with what a verdict and a draw need, and nothing else."""
    return people.only("pk", "account_id", "email", "status", "deleted_at", "time_zone").order_by("pk")


def forecast(
    people: QuerySet[Contact],
    survey: Survey,
    *,
    seed: int = 1,
    sample_size: int | None = None,
    per_account: int | None = None,
) -> Forecast:
    """Who would be asked, who must wait and why, and how exact the answers will be."""
    found = list(slim(people))
    drawn, verdicts = draw_people(found, survey, seed=seed, sample_size=sample_size, per_account=per_account)
    asked = [one for one in drawn if one.is_free]
    rate, settled = response_rate(survey)
    answers = round(len(asked) * rate)
    # How exact it is depends on the people that the answers stand for: all who could be asked, not the sample.
    population = len(found)
    wanted = answers_for(10, population) if population else 0
    return Forecast(
        size=population,
        accounts=len({one.account_id for one in found}),
        drawn=len(drawn),
        asked=len(asked),
        accounts_asked=len({one.account_id for one in asked}),
        held=_held(one for one in (verdicts[person.contact_id] for person in drawn) if not one.is_free),
        rate=rate,
        rate_from=settled,
        answers=answers,
        margin=margin(answers, population),
        all_margin=margin(round(population * rate), population),
        for_ten=min(round(wanted / rate), population),
        asked_ids=[one.contact_id for one in asked],
        verdicts=verdicts,
    )


def _held(verdicts: Iterable[Verdict]) -> list[Held]:
    counts: Counter[str] = Counter()
    first: dict[str, dt.date] = {}
    for verdict in verdicts:
        counts[verdict.reason] += 1
        day = verdict.next_free_on
        if day is not None and day < first.get(verdict.reason, dt.date.max):
            first[verdict.reason] = day
    return [Held(rule, reason_words(rule), count, first.get(rule)) for rule, count in counts.most_common()]


def response_rate(survey: Survey) -> tuple[float, int]:
    """The share that answers, from invitations of this survey (else its kind) that had their time, and from how many.

    Drawn towards the usual rate of such programmes while they are few.
    """
    settled = Invitation.objects.filter(
        sent_at__lte=now() - SETTLED_AFTER, state__in=["sent", "answered", "expired"]
    ).order_by()
    own = settled.filter(version__survey=survey)
    asked = own.count()
    if asked and survey.is_anonymous:
        return expected_rate(asked, min(_nameless_answers(survey), asked)), asked
    if not asked:
        own = settled.filter(version__survey__kind=survey.kind, version__survey__is_anonymous=False)
        asked = own.count()
    answered = own.filter(response__state=Response.State.CONFIRMED).count()
    return expected_rate(asked, answered), asked


def _nameless_answers(survey: Survey) -> int:
    """Answers through the mails of an anonymous survey from before those mails that have not had their time yet."""
    young = Invitation.objects.filter(version__survey=survey, sent_at__gt=now() - SETTLED_AFTER)
    until = young.order_by("sent_at").values_list("sent_at", flat=True).first() or now()
    return Response.objects.filter(answers_by_mail([survey.pk]), submitted_at__lt=until).count()
