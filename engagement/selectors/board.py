"""The board of say and do: how many accounts stand in each field, who moved, and the card of one account."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, F, IntegerField, Q, QuerySet, Sum, Value, Window
from django.db.models.functions import Floor, Least, RowNumber
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.formulas.bands import arr_band
from accounts.models import Account, Touchpoint
from accounts.models.accounts import AccountQuerySet
from engagement.formulas.say_do import gap_of
from engagement.models import SayDo
from engagement.selectors.measures import MEASURES, value_words
from lifecycle.models import Goal
from team.clock import today
from team.models import Role, User
from ui import formats
from ui.hooks import default_currency
from voc.models import Feedback, Response

Words = str | Promise
MOVED_DAYS = 28
TOP = 3
MOST_DOTS = 300
# Sums of fewer accounts would tell one of them.
LEAST_FOR_SUM = 5
NONE = (0, Decimal(0), 0)
FIELD = SayDo.Field
# Rows: say +, -, unobserved; columns: do +, -, unobserved. The first field holds two.
ROWS: tuple[tuple[Words, tuple[tuple[str, ...], ...]], ...] = (
    (gettext_lazy("Say good things"), ((FIELD.ADVOCATE, FIELD.OFF_TARGET), (FIELD.HOLLOW_PRAISE,),
                                       (FIELD.PRAISE_WITHOUT_PROOF,))),
    (gettext_lazy("Say bad things"), ((FIELD.ZOMBIE,), (FIELD.LEAVING,), (FIELD.GRIEVANCE,))),
    (gettext_lazy("Say nothing"), ((FIELD.SILENT_USER,), (FIELD.FADING,), (FIELD.DARK,))),
)  # fmt: skip
COLUMNS: tuple[Words, ...] = (gettext_lazy("Do much"), gettext_lazy("Do little"), gettext_lazy("Nothing is seen"))
MEANINGS: dict[str, Words] = {
    FIELD.ADVOCATE: gettext_lazy("Praise it, use it, and their goals are on track."),
    FIELD.OFF_TARGET: gettext_lazy("Praise it and use it, but their goals are off track or unknown."),
    FIELD.HOLLOW_PRAISE: gettext_lazy("Praise it and hardly use it."),
    FIELD.PRAISE_WITHOUT_PROOF: gettext_lazy("Praise it; what they do is not seen."),
    FIELD.ZOMBIE: gettext_lazy("Use it heavily without a reason to stay."),
    FIELD.LEAVING: gettext_lazy("Speak badly of it and use it less."),
    FIELD.GRIEVANCE: gettext_lazy("Speak badly of it; what they do is not seen."),
    FIELD.SILENT_USER: gettext_lazy("Use it and say nothing."),
    FIELD.FADING: gettext_lazy("Use it less and say nothing."),
    FIELD.DARK: gettext_lazy("Nothing was heard or seen."),
}
TONES: dict[str, str] = {
    FIELD.ADVOCATE: "great",
    FIELD.OFF_TARGET: "good",
    FIELD.HOLLOW_PRAISE: "risk",
    FIELD.PRAISE_WITHOUT_PROOF: "watch",
    FIELD.ZOMBIE: "critical",
    FIELD.LEAVING: "critical",
    FIELD.GRIEVANCE: "risk",
    FIELD.SILENT_USER: "watch",
    FIELD.FADING: "risk",
    FIELD.DARK: "watch",
}

# In which field did each account stand so many days ago? The newest fact of that time.
THEN = """
SELECT DISTINCT ON (f.account_id) f.account_id, f.text FROM accounts_fact f
JOIN accounts_factdefinition d ON d.id = f.definition_id AND d.name = 'say_do_field'
WHERE f.observed_at <= %(then)s AND f.account_id = ANY(%(accounts)s::bigint[])
ORDER BY f.account_id, f.observed_at DESC, f.id DESC
"""


@dataclass(frozen=True, slots=True)
class FieldBox:
    """One field: how many accounts, the money in words, who has the most of it, and who came and went."""

    code: str
    label: str
    meaning: str
    tone: str
    count: int
    arr: str
    top: list[tuple[str, str, str]]
    came: int
    went: int
    weak: int

    @property
    def move(self) -> int:
        """How many more than before."""
        return self.came - self.went


@dataclass(frozen=True, slots=True)
class Board:
    """All fields in their places, and how many accounts stand on it."""

    rows: list[tuple[str, list[list[FieldBox]]]]
    columns: list[str]
    total: int
    since: dt.date


def stands_of(user: User, *, segment: str = "", csm: int | None = None) -> QuerySet[SayDo]:
    """The stands of the customers that the user may see, narrowed."""
    accounts: AccountQuerySet = Account.objects.visible_to(user).filter(status__in=["customer", "trial"])
    if segment:
        accounts = accounts.filter(segment__slug=segment)
    if csm is not None:
        accounts = accounts.filter(csm=csm)
    return SayDo.objects.filter(account__in=accounts)


def read_board(stands: QuerySet[SayDo], user: User) -> Board:
    """Count, add and rank the fields; three queries.

    SECURITY: department members get a band of the sum, and none of fewer than five accounts.
    """
    sums = {
        code: (count, arr or Decimal(0), weak)
        for code, count, arr, weak in stands.order_by()
        .values_list("field")
        .annotate(n=Count("pk"), arr=Sum("account__summary__arr"), weak=Count("pk", filter=Q(is_weak=True)))
    }
    tops = _tops(stands, user)
    came, went, since = _moved(stands)
    boxes = {
        code: FieldBox(
            code=code,
            label=str(label),
            meaning=str(MEANINGS[code]),
            tone=TONES[code],
            count=sums.get(code, NONE)[0],
            arr=_sum_words(*sums.get(code, NONE)[:2], user),
            top=tops.get(code, []),
            came=came.get(code, 0),
            went=went.get(code, 0),
            weak=sums.get(code, NONE)[2],
        )
        for code, label in FIELD.choices
    }
    rows = [(str(words), [[boxes[code] for code in cell] for cell in cells]) for words, cells in ROWS]
    return Board(rows, [str(one) for one in COLUMNS], sum(count for count, _arr, _weak in sums.values()), since)


def _sum_words(count: int, arr: Decimal, user: User) -> str:
    if not count:
        return ""
    if user.role != Role.MEMBER:
        return formats.compact_money(arr, default_currency())
    return arr_band(arr, default_currency()) if count >= LEAST_FOR_SUM else ""


def _tops(stands: QuerySet[SayDo], user: User) -> dict[str, list[tuple[str, str, str]]]:
    """The accounts with the most ARR of each field: name, address, ARR in words."""
    place = Window(RowNumber(), partition_by=F("field"), order_by=[F("account__summary__arr").desc(), F("pk").desc()])
    ranked = stands.annotate(place=place).filter(place__lte=TOP).order_by("field", "place")
    found: dict[str, list[tuple[str, str, str]]] = {}
    for code, pk, name, arr in ranked.values_list("field", "pk", "account__name", "account__summary__arr"):
        currency = default_currency()
        words = arr_band(arr, currency) if user.role == Role.MEMBER else formats.compact_money(arr or 0, currency)
        found.setdefault(code, []).append((name, reverse("account", args=[pk]), words))
    return found


def _moved(stands: QuerySet[SayDo]) -> tuple[dict[str, int], dict[str, int], dt.date]:
    """Who came into and went out of each field in 28 days; accounts that stood nowhere then are left out.

    Only who has moved since is looked up: `since` says when an account came into its field.
    """
    day = today() - dt.timedelta(days=MOVED_DAYS)
    moved = dict(stands.filter(since__gt=day).values_list("pk", "field"))
    if not moved:
        return {}, {}, day
    then = dt.datetime.combine(day, dt.time(23, 59, 59), tzinfo=dt.UTC)
    with connection.cursor() as cursor:
        cursor.execute(THEN, {"then": then, "accounts": list(moved)})
        before = dict(cursor.fetchall())
    came: dict[str, int] = {}
    went: dict[str, int] = {}
    for pk, old in before.items():
        if old != moved[pk]:
            came[moved[pk]] = came.get(moved[pk], 0) + 1
            went[old] = went.get(old, 0) + 1
    return came, went, day


@dataclass(frozen=True, slots=True)
class Spot:
    """One account of the scatter; `arr` is None for those who see no sums."""

    name: str
    say: float
    do: float
    field: str
    url: str
    arr: float | None


def read_spots(stands: QuerySet[SayDo], user: User) -> tuple[list[Spot], int]:
    """The largest accounts of which both numbers are observed, and how many there are."""
    seen = stands.filter(say__isnull=False, do__isnull=False)
    rows: Iterable[Any] = seen.order_by(F("account__summary__arr").desc(), "pk").values_list(
        "pk", "account__name", "say", "do", "field", "account__summary__arr"
    )[:MOST_DOTS]
    is_member = user.role == Role.MEMBER
    spots = [
        Spot(
            name,
            float(say or 0),
            float(did or 0),
            field,
            reverse("account", args=[pk]),
            None if is_member else float(arr or 0),
        )
        for pk, name, say, did, field, arr in rows
    ]
    return spots, len(spots) if len(spots) < MOST_DOTS else seen.count()


def read_density(stands: QuerySet[SayDo]) -> list[tuple[int, int, int]]:
    """How many accounts stand in each of 10 x 10 squares: (column of do, row of say, count); for large books."""
    seen = stands.filter(say__isnull=False, do__isnull=False)
    placed = seen.order_by().annotate(across=_tenth("do"), down=_tenth("say"))
    squares: Iterable[Any] = placed.values_list("across", "down").annotate(n=Count("pk"))
    return sorted((int(across), int(down), count) for across, down, count in squares)


def _tenth(name: str) -> Least:
    """In which tenth of -1..1 a number lies, 0 to 9."""
    return Least(Floor((F(name) + 1) * 5), Value(9), output_field=IntegerField())


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was said: its words or score, who and when, and the number that it counts as."""

    words: str
    who: str
    at: dt.date
    value: float
    url: str


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that is seen: its name and figure, and where its rows open."""

    label: str
    value: str
    url: str


@dataclass(frozen=True, slots=True)
class StandCard:
    """What one account says and does, with quotes and figures."""

    stand: SayDo
    label: str
    meaning: str
    tone: str
    gap: str
    says: list[Said]
    does: list[Done]
    goals: list[str]
    future: list[str]


def stand_of(account: Account, user: User, *, pieces: int | None = None) -> StandCard | None:
    """The card of an account, None while nothing was judged; a few queries. With `pieces` so many quotes alone, and
    neither goals nor touches by name.

    SECURITY: words of customers are shown to those who see the account; touches are asked for by the reader.
    """
    stand = SayDo.objects.filter(account=account).first()
    if stand is None:
        return None
    evidence = stand.evidence
    return StandCard(
        stand,
        str(stand.get_field_display()),
        str(MEANINGS[stand.field]),
        TONES[stand.field],
        gap_of(_number(stand.say), _number(stand.do)),
        _says(account, evidence.get("say", ())[:pieces]),
        _does(account, evidence.get("do", ())),
        []
        if pieces
        else list(
            Goal.objects.filter(pk__in=[one["id"] for one in evidence.get("goals", ())]).values_list("title", flat=True)
        ),
        []
        if pieces
        else [
            touch.listed_name
            for touch in Touchpoint.objects.visible_to(user).filter(
                pk__in=[one["id"] for one in evidence.get("future", ())]
            )
        ],
    )


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _says(account: Account, rows: Iterable[dict[str, Any]]) -> list[Said]:
    """Quotes as they stand today: what was deleted or forgotten meanwhile says nothing."""
    given = list(rows)
    feedback = Feedback.objects.filter(
        account=account, pk__in=[one["id"] for one in given if one["what"] == "feedback"]
    )
    responses = Response.objects.filter(
        account=account, pk__in=[one["id"] for one in given if one["what"] != "feedback"]
    )
    words = {("feedback", one.pk): (one.text, one.who) for one in feedback.select_related("contact")}
    names = {"nps": "NPS", "csat": "CSAT", "ces": "CES"}
    kinds = {one["id"]: one["kind"] for one in given if one["what"] == "response"}
    for one in responses.select_related("contact"):
        score = _("%(kind)s: %(score)s") % {"kind": names.get(kinds[one.pk], ""), "score": one.score}
        words["response", one.pk] = (score, one.contact.name if one.contact else "")
    return [
        Said(
            *words[one["what"], one["id"]],
            dt.date.fromisoformat(one["at"]),
            one["value"],
            reverse("feedback_page", args=[one["id"]])
            if one["what"] == "feedback"
            else reverse("account_voice", args=[account.pk]),
        )
        for one in given
        if (one["what"], one["id"]) in words
    ]


def _does(account: Account, rows: Iterable[dict[str, Any]]) -> list[Done]:
    found = []
    for one in rows:
        code = one["id"]
        if code in MEASURES:
            measure = MEASURES[code]
            url = reverse("measure_evidence", args=[account.pk, code])
            found.append(Done(str(measure.label), value_words(measure.unit, one["given"]), url))
        elif code == "attendance":
            found.append(Done(_("Attendance"), formats.percent(one["given"]), ""))
        elif code == "overdue_days":
            words = _("%(days)s days overdue") % {"days": round(one["given"])} if one["given"] else _("paid in time")
            found.append(Done(_("Payment"), words, ""))
    return found
