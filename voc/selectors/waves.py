"""Waves on screen: what became of each, who is in, what asks by itself."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Account, Persona
from lifecycle.models import Stage
from team.clock import now
from team.models import SavedView, User
from voc.models import Invitation, Response, Survey, SurveyTrigger, Wave, WaveDraw
from voc.selectors.anonymous import answers_by_wave
from voc.selectors.audiences import FILE, LIST, VIEW
from voc.selectors.trigger_events import Asking, askings_of, events_between, turns_between

State = Invitation.State
Kind = SurveyTrigger.Kind


@dataclass(frozen=True, slots=True)
class WaveTally:
    """What became of a wave's invitations. `asked`: on the way or out; `rate`: answered of delivered, None for none.

    `is_anonymous`: nobody knows who answered, so that answers stand at no invitation.
    """

    asked: int = 0
    waiting: int = 0
    held: int = 0
    recalled: int = 0
    delivered: int = 0
    answered: int = 0
    reminded: int = 0
    is_anonymous: bool = False

    @property
    def rate(self) -> float | None:
        return min(self.answered / self.delivered, 1.0) if self.delivered else None

    @property
    def noted(self) -> int:
        """Everybody of whom something was decided."""
        return self.asked + self.held + self.recalled

    @property
    def dealt(self) -> int:
        return self.noted - self.waiting


_COLUMNS: Final = ("asked", "waiting", "held", "recalled", "delivered", "answered", "reminded")


def tally_waves(*, user: User, wave_ids: list[int]) -> dict[int, WaveTally]:
    """{wave id: tally} over the accounts that the reader sees; one query.

    Figures of an anonymous survey belong to no book: there everybody who was asked is counted, with the answers that
    came through the mails' link (two further queries).
    """
    out = [State.QUEUED, State.SENT, State.ANSWERED, State.EXPIRED, State.DECLINED]
    mine = Q(account__in=Account.objects.visible_to(user)) | Q(version__survey__is_anonymous=True)
    rows: Any = (
        Invitation.objects.filter(mine, wave__in=wave_ids)
        .order_by()
        .values("wave_id", "version__survey_id", "version__survey__is_anonymous")
        .annotate(
            asked=Count("pk", filter=Q(state__in=out)),
            waiting=Count("pk", filter=Q(state=State.QUEUED)),
            held=Count("pk", filter=Q(state=State.SUPPRESSED)),
            recalled=Count("pk", filter=Q(state=State.RECALLED)),
            delivered=Count("pk", filter=Q(sent_at__isnull=False)),
            answered=Count("pk", filter=Q(response__state=Response.State.CONFIRMED)),
            reminded=Count("pk", filter=Q(reminders_sent__gt=0)),
        )
    )
    found = {row["wave_id"]: WaveTally(**{name: row[name] for name in _COLUMNS}) for row in rows}
    nameless = {row["wave_id"]: row["version__survey_id"] for row in rows if row["version__survey__is_anonymous"]}
    if nameless:
        answers = answers_by_wave(set(nameless.values()))
        for pk in nameless:
            found[pk] = replace(found[pk], answered=answers.get(pk, 0), is_anonymous=True)
    return found


@dataclass(frozen=True, slots=True)
class WaveRow:
    wave: Wave
    tally: WaveTally
    audience: str


def waves_of(*, survey: Survey, user: User) -> list[WaveRow]:
    """A survey's waves, newest first; three queries, five for an anonymous one."""
    newest_first = (F("send_at").desc(nulls_first=True), "-pk")
    waves = list(survey.waves.select_related("series", "created_by").order_by(*newest_first))
    tallies = tally_waves(user=user, wave_ids=[wave.pk for wave in waves])
    views = view_names(waves)
    return [WaveRow(wave, tallies.get(wave.pk, WaveTally()), audience_words(wave, views)) for wave in waves]


def view_names(waves: list[Wave]) -> dict[int, str]:
    """{view id: name} of the saved views that waves ask by."""
    ids = [wave.audience["view"] for wave in waves if wave.audience.get("kind") == VIEW and wave.audience.get("view")]
    return dict(SavedView.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def audience_words(wave: Wave, views: Mapping[int, str]) -> str:
    """Who is meant, in one line."""
    kind = wave.audience.get("kind")
    if kind == VIEW:
        base = _("saved view “%(name)s”") % {"name": views.get(wave.audience.get("view", 0), _("gone"))}
    elif kind in (FILE, LIST):
        number = len(wave.audience.get("contacts", ()))
        base = ngettext("%(n)s person from a list", "%(n)s people from a list", number) % {"n": number}
    elif wave.conditions:
        number = len(wave.conditions)
        base = ngettext("accounts that meet %(n)s condition", "accounts that meet %(n)s conditions", number) % {
            "n": number
        }
    else:
        base = _("all customers")
    parts = [base]
    if wave.personas:
        parts.append(", ".join(str(dict(Persona.choices).get(one, one)) for one in wave.personas))
    if wave.stages:
        parts.append(", ".join(str(dict(Stage.Kind.choices).get(one, one)) for one in wave.stages))
    if wave.per_account:
        parts.append(_("%(n)s per account") % {"n": wave.per_account})
    if wave.sample_size:
        parts.append(_("a sample of %(n)s") % {"n": wave.sample_size})
    return " · ".join(parts)


@dataclass(frozen=True, slots=True)
class WaveProgress:
    """How far a wave is: invitations made of those drawn, and mails written of the invitations."""

    drawn: int
    planned: int
    is_planning: bool
    next_at: dt.datetime | None


def progress_of(wave: Wave) -> WaveProgress:
    """One query for the draw, one for the next mail."""
    drawn = WaveDraw.objects.filter(wave=wave).values_list("contact_ids", flat=True).first()
    waiting = Invitation.objects.planned().filter(wave=wave, send_after__gt=now())
    next_at = waiting.order_by("send_after").values_list("send_after", flat=True).first()
    size = len(drawn) if drawn is not None else wave.planned
    return WaveProgress(size, wave.planned, drawn is not None, next_at)


def invitations_of(*, wave: Wave, user: User) -> QuerySet[Invitation]:
    """The people of a launched wave whom the reader sees."""
    return Invitation.objects.visible_to(user).filter(wave=wave).select_related("contact", "account")


@dataclass(frozen=True, slots=True)
class TriggerRow:
    trigger: SurveyTrigger
    words: str
    who: str
    asked: int


def triggers_of(survey: Survey) -> list[TriggerRow]:
    """A survey's triggers in words, with how many each has asked; one query."""
    rows = survey.triggers.select_related("stage__journey").annotate(
        asked=Count("invitations", filter=Q(invitations__sent_at__isnull=False))
    )
    return [TriggerRow(one, trigger_words(one), who_words(one), one.asked) for one in rows]


def trigger_words(trigger: SurveyTrigger) -> str:
    """When it asks."""
    days = trigger.days
    stage = trigger.stage.name if trigger.stage else ""
    after = ngettext("%(n)s day after", "%(n)s days after", days) % {"n": days} if days else _("As soon as")
    if trigger.kind == Kind.RENEWAL:
        return ngettext("%(n)s day before a renewal", "%(n)s days before a renewal", days) % {"n": days}
    if trigger.kind == Kind.CADENCE:
        return ngettext("Every %(n)s day, spread evenly", "Every %(n)s days, spread evenly", days) % {"n": days}
    what = {
        Kind.STAGE_ENTERED: _("%(stage)s is entered") % {"stage": stage},
        Kind.STAGE_LEFT: _("%(stage)s is left") % {"stage": stage},
        Kind.TICKET_CLOSED: _("a ticket is closed"),
        Kind.GOAL_REACHED: _("a goal is reached"),
        Kind.LOST: _("an account is lost"),
    }[Kind(trigger.kind)]
    return f"{after} {what}"


def who_words(trigger: SurveyTrigger) -> str:
    """Whom it asks."""
    parts = []
    if trigger.kind == Kind.TICKET_CLOSED:
        parts.append(_("who opened it"))
    parts += [str(dict(Persona.choices).get(one, one)) for one in trigger.personas]
    if trigger.conditions:
        number = len(trigger.conditions)
        parts.append(ngettext("%(n)s condition", "%(n)s conditions", number) % {"n": number})
    if trigger.per_account:
        parts.append(_("%(n)s per account") % {"n": trigger.per_account})
    if trigger.share < 100:
        parts.append(_("%(n)s %% of them") % {"n": trigger.share})
    return ", ".join(parts) or _("everybody with a mail address")


DRY_DAYS = 90


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a trigger would have done on the last 90 days. `weeks`: (first day, how many) oldest first."""

    events: int
    people: int
    accounts: int
    twice: int
    weeks: list[tuple[dt.date, int]]
    examples: list[Asking]

    @property
    def most(self) -> int:
        return max([count for _day, count in self.weeks] + [1])


def dry_run(trigger: SurveyTrigger) -> DryRun:
    """Whom it would have asked in the last 90 days by today's people; it asks nobody and writes nothing."""
    last = now()
    first = last - dt.timedelta(days=DRY_DAYS)
    if trigger.kind == Kind.CADENCE:
        askings = turns_between(trigger, first, last)
        events = len(askings)
    else:
        found = events_between(trigger, first, last)
        events, askings = len(found), askings_of(trigger, found)
    times = Counter(one.contact.pk for one in askings)
    weeks = Counter(_week(one.event.at, trigger) for one in askings)
    start = _monday((first).date())
    days = [start + dt.timedelta(weeks=number) for number in range(DRY_DAYS // 7 + 2)]
    return DryRun(
        events=events,
        people=len(times),
        accounts=len({one.contact.account_id for one in askings}),
        twice=sum(count > 1 for count in times.values()),
        weeks=[(day, weeks.get(day, 0)) for day in days if day <= last.date()],
        examples=sorted(askings, key=lambda one: one.event.at, reverse=True)[:20],
    )


def _week(at: dt.datetime, trigger: SurveyTrigger) -> dt.date:
    """The Monday of the week in which the mail would have gone out."""
    days = {Kind.RENEWAL: -trigger.days, Kind.CADENCE: 0}.get(Kind(trigger.kind), trigger.days)
    return _monday((at + dt.timedelta(days=days)).date())


def _monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())
