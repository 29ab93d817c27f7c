"""The demo's survey programme: a relationship survey that recurs by itself, one wave that is planned, triggers."""

import datetime as dt
from typing import Any

from django.db.models import Count, F, Q

from accounts.models import Persona
from lifecycle.models import Stage
from team.clock import now
from team.models import User
from voc.models import Invitation, Response, Survey, SurveyTrigger, SurveyVersion, Wave
from workspace.demo.surveys import CSAT_NAME, ONBOARDING_NAME, RENEWAL_NAME
from workspace.demo.voice import WAVES

EVERY_DAYS = 137
NINE = dt.time(9)


def write_waves(*, version: SurveyVersion) -> None:
    """The rounds behind the demo's invitations, the next one, a planned wave and switched-on triggers; made once."""
    if SurveyTrigger.objects.exists():
        return
    Wave.objects.filter(send_at__isnull=True, launched_at__isnull=False).update(send_at=F("launched_at"))
    manager = User.objects.get(email="manager@example.com")
    _series(version, manager)
    _planned(manager)
    _triggers(manager)


def _series(version: SurveyVersion, manager: User) -> None:
    root: Wave | None = None
    for number, age in enumerate(WAVES, 1):
        send_at = _nine(now() - dt.timedelta(days=age))
        wave = Wave.objects.create(
            survey=version.survey,
            version=version,
            series=root,
            name="Relationship NPS" if root is None else f"Relationship NPS, round {number}",
            audience={"kind": "rule"},
            state=Wave.State.CLOSED if age > 60 else Wave.State.SENT,
            send_at=send_at,
            recurs_every_days=EVERY_DAYS,
            seed=number,
            created_by=manager,
            launched_by=manager,
            launched_at=send_at,
            finished_at=send_at + dt.timedelta(days=1),
        )
        root = root or wave
        mine = Invitation.objects.filter(
            version__survey=version.survey,
            wave__isnull=True,
            created_at__date__gte=(send_at - dt.timedelta(days=3)).date(),
            created_at__date__lte=(send_at + dt.timedelta(days=3)).date(),
        )
        mine.update(wave=wave)
        counted = wave.invitations.aggregate(all=Count("pk"))["all"]
        Wave.objects.filter(pk=wave.pk).update(audience_size=counted, planned=counted)
    went = Q(state__in=["sent", "answered", "expired", "declined"])
    Invitation.objects.filter(went, sent_at__isnull=True).update(sent_at=F("created_at"))
    Invitation.objects.filter(
        Q(response__isnull=True) | ~Q(response__state=Response.State.CONFIRMED), state__in=["sent", "expired"]
    ).filter(created_at__lte=now() - dt.timedelta(days=5)).update(reminders_sent=1)
    Wave.objects.create(
        survey=version.survey,
        series=root,
        name=f"Relationship NPS, round {len(WAVES) + 1}",
        audience={"kind": "rule"},
        state=Wave.State.SCHEDULED,
        send_at=_nine(now() + dt.timedelta(days=EVERY_DAYS - WAVES[-1])),
        recurs_every_days=EVERY_DAYS,
        seed=len(WAVES) + 1,
        created_by=manager,
        launched_by=manager,
        launched_at=now() - dt.timedelta(days=WAVES[-1]),
    )


def _planned(manager: User) -> None:
    renewal = Survey.objects.filter(name=RENEWAL_NAME).first()
    if renewal is None:
        return
    common = {"survey": renewal, "audience": {"kind": "rule"}, "created_by": manager, "per_account": 2}
    deciders = [Persona.EXECUTIVE.value, Persona.DECISION_MAKER.value, Persona.CHAMPION.value]
    Wave.objects.create(
        **common,
        name="Renewals of the next quarter",
        conditions=[{"name": "account.renews_on", "operator": "days_ahead_lte", "value": 120}],
        personas=deciders,
        state=Wave.State.SCHEDULED,
        send_at=_nine(now() + dt.timedelta(days=9)),
        launched_by=manager,
        launched_at=now() - dt.timedelta(days=1),
        seed=11,
    )
    Wave.objects.create(**common, name="Danish customers", sample_size=40, seed=12, conditions=[
        {"name": "account.country", "operator": "eq", "value": "DK"}
    ])  # fmt: skip


def _triggers(manager: User) -> None:
    onboarding = Stage.objects.present().filter(kind=Stage.Kind.ONBOARDING, journey__segment=None).first()
    rows: list[tuple[str, str, dict[str, Any]]] = [
        (CSAT_NAME, "ticket_closed", {"days": 1, "share": 25}),
        (RENEWAL_NAME, "renewal", {"days": 120, "per_account": 2}),
    ]
    if onboarding is not None:
        rows.append((ONBOARDING_NAME, "stage_left", {"days": 3, "stage": onboarding, "per_account": 3}))
    for name, kind, fields in rows:
        survey = Survey.objects.filter(name=name).first()
        if survey is not None:
            SurveyTrigger.objects.create(
                survey=survey, kind=kind, is_active=True, active_from=now(), created_by=manager, **fields
            )


def _nine(moment: dt.datetime) -> dt.datetime:
    """Nine in the morning of that day, or of the working day after."""
    moment = moment.replace(hour=NINE.hour, minute=0, second=0, microsecond=0)
    while moment.weekday() > 4:
        moment += dt.timedelta(days=1)
    return moment
