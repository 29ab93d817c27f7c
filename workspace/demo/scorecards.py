"""Scorecards of the demo: a stage's own one in force with two exceptions, a segment's draft, two judgements by hand."""

import datetime as dt
from copy import deepcopy
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account, Segment
from engagement.models import Scorecard
from engagement.selectors.scorecard_documents import Document, document_of
from engagement.selectors.scorecards import scorecards
from engagement.services.defaults import ensure_default_scorecard
from engagement.services.judgements import judge_by_hand
from engagement.services.scorecards import create_draft
from team.clock import today
from team.models import User


def write_scorecards(*, csm_id: int, spared: int) -> None:
    """Made once; `spared` accounts at the beginning have stories of their own and are left alone."""
    if Scorecard.objects.count() > 1:
        return
    default = ensure_default_scorecard()
    document = document_of(scorecards([default.pk])[default.pk])
    lead = User.objects.filter(role="manager").order_by("pk").first()
    onboarding = create_draft(actor=lead, document=_for_onboarding(document), stage_kind="onboarding", based_on=default)
    Scorecard.objects.filter(pk=onboarding.pk).update(
        note=_("In onboarding the first steps count more than use."),
        published_at=timezone.now() - dt.timedelta(days=40),
        published_by=lead,
    )
    segment = Segment.objects.order_by("position", "pk").first()
    create_draft(actor=lead, document=_for_segment(document, segment), segment=segment, based_on=default)
    csm = User.objects.get(pk=csm_id)
    accounts = list(Account.objects.filter(csm=csm).order_by("pk")[spared : spared + 8])
    for account, component, value, days, reason in zip(
        accounts[3::4],
        ("", "relationships"),
        (35, 90),
        (30, 60),
        (
            _("Their new CFO told me that every supplier is up for review. Nothing of it is in the data yet."),
            _("I met the whole board at their site. Our records have not caught up."),
        ),
        strict=False,
    ):
        judge_by_hand(
            actor=csm,
            account=account,
            component=component,
            value=Decimal(value),
            reason=reason,
            valid_until=today() + dt.timedelta(days=days),
        )


def _for_onboarding(document: Document) -> Document:
    wanted = deepcopy(document)
    wanted["name"] = _("Onboarding")
    parts = wanted["components"]
    parts["journey"]["weight"], parts["education"]["weight"], parts["adoption"]["weight"] = 25, 15, 12
    parts["adoption"]["desired"] = 50
    parts["adoption"]["by_intent"] = {"pilot": 65, "replaced_process": 40}
    wanted["exceptions"] = [
        {"name": _("Nobody answers"), "tests": [["silence", ">=", 45]], "effect": "cap", "value": 50},
        {
            "name": _("Far behind its stage"),
            "tests": [["stage_on_time", ">", 2], ["blockers", ">=", 1]],
            "effect": "cap",
            "value": 59,
        },
    ]
    return wanted


def _for_segment(document: Document, segment: Segment | None) -> Document:
    wanted = deepcopy(document)
    wanted["name"] = str(segment or document["name"])
    wanted["components"]["relationships"]["weight"] = 22
    wanted["components"]["relationships"]["desired"] = 85
    wanted["components"]["adoption"]["weight"] = 18
    wanted["bands"][-1]["floor"] = 85
    return wanted
