"""Risks as pages show them: what stands behind each, what is open on an account, how a tab of the queue is counted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account, Contact, Touchpoint
from engagement.formulas.risks import DEFINITIONS
from engagement.models import Risk, SayDo
from engagement.selectors.measures import MEASURES
from lifecycle.models import Goal
from team.clock import today
from team.models import Role, User
from ui import formats
from voc.models import Response

TONES = {1: "watch", 2: "risk", 3: "critical"}
TABS = ("open", "mine", "snoozed", "alarms")
MOST_SHOWN = 12
_NOUNS: Mapping[str, Promise] = {
    "plan": gettext_lazy("The plan"),
    "stand": gettext_lazy("What they say and do"),
    "renewal": gettext_lazy("The renewal"),
    "goal": gettext_lazy("The goal"),
    "contact": gettext_lazy("The person"),
    "touchpoint": gettext_lazy("The touch"),
    "response": gettext_lazy("The answer"),
}


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing that a risk rests on: words, and where it stands (empty: a figure). `is_drawer`: opens beside."""

    words: str
    url: str
    is_drawer: bool


@dataclass(frozen=True, slots=True)
class RiskLine:
    """One risk as a row or card shows it."""

    risk: Risk
    tone: str
    label: str
    question: str
    age_days: int
    proofs: tuple[Proof, ...]
    is_snoozed: bool

    @property
    def key(self) -> str:
        """The id as text, for addresses and ids in templates."""
        return str(self.risk.pk)


def in_tab(rows: QuerySet[Risk], tab: str, user: User) -> QuerySet[Risk]:
    """The risks of one tab of the queue."""
    day = today()
    risks: Any = rows
    if tab == "snoozed":
        found: QuerySet[Risk] = risks.asleep(day)
    elif tab == "alarms":
        found = rows.filter(is_false_alarm=True)
    elif tab == "mine":
        found = risks.awake(day).filter(handled_by=user)
    else:
        found = risks.awake(day)
    return found


def lines_of(risks: Sequence[Risk], user: User, *, is_named: bool = True) -> list[RiskLine]:
    """Each risk with its evidence in words and addresses; up to five queries for all of them, none without names.

    SECURITY: private touches, contracts and the rows behind a measure are not for departments; figures are.
    """
    day = today()
    names = _names(risks, user) if is_named else None
    return [
        RiskLine(
            risk,
            TONES[risk.severity],
            str(risk.get_kind_display()),
            str(DEFINITIONS[risk.kind].question),
            (day - risk.opened_on).days,
            tuple(_proofs(risk, names, user)),
            risk.closed_at is None and risk.snoozed_until is not None and risk.snoozed_until > day,
        )
        for risk in risks
    ]


def _ids(risks: Iterable[Risk], what: str) -> set[int]:
    return {one["id"] for risk in risks for one in risk.evidence if one["what"] == what and one["id"]}


def _names(risks: Sequence[Risk], user: User) -> dict[tuple[str, int], str]:
    """Names of people, subjects of touches, titles of goals and answers, read where they stand."""
    found: dict[tuple[str, int], str] = {}
    if ids := _ids(risks, "contact"):
        found |= {("contact", pk): name for pk, name in Contact.objects.filter(pk__in=ids).values_list("pk", "name")}
    if ids := _ids(risks, "touchpoint"):
        for touch in Touchpoint.objects.visible_to(user).filter(pk__in=ids):
            words = f"{touch.listed_name}, {formats.day(touch.occurred_at, today=today())}"
            found["touchpoint", touch.pk] = words
    if ids := _ids(risks, "goal"):
        found |= {("goal", pk): title for pk, title in Goal.objects.filter(pk__in=ids).values_list("pk", "title")}
    if ids := _ids(risks, "response"):
        for pk, score, at in Response.objects.filter(pk__in=ids).values_list("pk", "score", "submitted_at"):
            words = _("The answer: %(score)s, %(day)s") % {"score": score, "day": formats.day(at, today=today())}
            found["response", pk] = words
    if ids := {risk.account_id for risk in risks for one in risk.evidence if one["what"] == "stand"}:
        for pk, say, do in SayDo.objects.filter(account__in=ids).values_list("account", "say", "do"):
            sides = {"say": formats.signed(say, 2), "do": formats.signed(do, 2)}
            found["stand", pk] = _("What they say: %(say)s, what they do: %(do)s") % sides
    return found


def _proofs(risk: Risk, known: Mapping[tuple[str, int], str] | None, user: User) -> Iterable[Proof]:
    is_member = user.role == Role.MEMBER
    names = {} if known is None else known
    unnamed = known is None and not is_member
    for one in risk.evidence:
        what, named = one["what"], one["id"]
        if what == "figure":
            yield Proof(one["words"], "", False)
        elif what == "measure" and named in MEASURES:
            url = reverse("measure_evidence", args=[risk.account_id, named])
            yield Proof(str(MEASURES[named].label), url, True)
        elif what in {"contact", "touchpoint"} and (unnamed or (what, named) in names):
            yield Proof(names.get((what, named)) or str(_NOUNS[what]), reverse(what, args=[named]), False)
        elif what == "response" and (unnamed or (what, named) in names):
            yield Proof(
                names.get((what, named)) or str(_NOUNS[what]), reverse("account_voice", args=[risk.account_id]), False
            )
        elif what in {"plan", "goal"}:
            words = names.get((what, named)) or str(_NOUNS[what])
            yield Proof(words, reverse("account_plan", args=[risk.account_id]), False)
        elif what == "stand":
            words = names.get(("stand", risk.account_id)) or str(_NOUNS["stand"])
            yield Proof(words, reverse("say_do_card", args=[risk.account_id]), True)
        elif what == "renewal" and not is_member:
            yield Proof(str(_NOUNS["renewal"]), reverse("renewal", args=[named]), False)


@dataclass(frozen=True, slots=True)
class AccountRisks:
    """What is open on one account, the gravest first; `resting` are snoozed."""

    open: list[RiskLine]
    resting: list[RiskLine]


def risks_of(account: Account, user: User) -> AccountRisks:
    """The open risks of an account for its page; one query."""
    rows = Risk.objects.open().filter(account=account).select_related("account", "handled_by")
    lines = lines_of(list(rows.order_by("-severity", "-pk")[:MOST_SHOWN]), user, is_named=False)
    return AccountRisks([line for line in lines if not line.is_snoozed], [line for line in lines if line.is_snoozed])


def count_tabs(rows: QuerySet[Risk], user: User) -> dict[str, int]:
    """How many stand in each tab, up to 1,000."""
    return {tab: in_tab(rows, tab, user).order_by()[:1_000].count() for tab in TABS}
