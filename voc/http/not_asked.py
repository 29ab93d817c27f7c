"""The list of people who were not asked."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.selectors.budget import REASONS
from team.clock import today
from team.models import User
from ui.components.marks import badge
from ui.formats import NOTHING, day
from ui.lists import Column, Empty, Filter, ListSpec
from voc.models import Invitation, Survey, Wave
from voc.selectors.suppressed import LIVE, OF_THE_MAIL, will_be_retried

# So many waves and surveys are offered in the filters.
MOST = 200


def asked_again_on(row: Invitation) -> dt.date | None:
    """When the person is asked again by itself; None when not. Reads what suppressed_invitations() loaded; no query."""
    free, until = row.next_free_on, row.retry_until
    if free is None or until is None or until < max(free, today()):
        return None
    wanted = row.version.survey.is_active and (row.wave is None or row.wave.state in LIVE)
    return free if wanted and (row.trigger is None or row.trigger.is_active) else None


def again_cell(row: Invitation) -> SafeString | str:
    """The day of the next try, or that there is none."""
    on = asked_again_on(row)
    if on is None:
        return badge(_("no"))
    return badge(_("due"), tone="watch") if on <= today() else badge(day(on), tone="good")


def _surveys(user: User) -> Iterable[tuple[str, str]]:
    return [(str(pk), name) for pk, name in Survey.objects.order_by("name").values_list("pk", "name")[:MOST]]


def _waves(user: User) -> Iterable[tuple[str, str]]:
    rows = Wave.objects.filter(launched_at__isnull=False).order_by("-pk").values_list("pk", "name", "survey__name")
    return [(str(pk), f"{survey}: {name}") for pk, name, survey in rows[:MOST]]


def _again(rows: QuerySet[Any], operator: str, values: list[Any], user: User) -> QuerySet[Any]:
    wanted = will_be_retried(today())
    return rows.filter(wanted) if values and values[0] else rows.exclude(wanted)


NOT_ASKED = ListSpec(
    name="not_asked",
    label=gettext_lazy("Not asked"),
    default_sort="-id",
    search=("contact__name", "contact__email", "account__name"),
    row_url=lambda row: reverse("contact_ledger", args=[row.contact_id]),
    columns=(
        Column("contact", gettext_lazy("Person"), source="contact.name", width="lg", rank=1, is_fixed=True),
        Column("account", gettext_lazy("Account"), source="account.name", width="lg", rank=2),
        Column("survey", gettext_lazy("Survey"), source="version.survey.name", width="lg", rank=3),
        Column(
            "wave",
            gettext_lazy("Wave"),
            cell=lambda row: row.wave.name if row.wave else NOTHING,
            export=lambda row: row.wave.name if row.wave else "",
            width="md",
            rank=3,
        ),
        Column("reason", gettext_lazy("Why"), width="fill", rank=1),
        Column("rule", gettext_lazy("Rule"), width="md", rank=3, is_default=False),
        Column(
            "free",
            gettext_lazy("Next free"),
            kind="day",
            source="next_free_on",
            sort="next_free_on",
            width="sm",
            rank=1,
        ),
        Column(
            "again",
            gettext_lazy("Asked again"),
            kind="custom",
            cell=again_cell,
            export=asked_again_on,
            width="md",
            rank=2,
        ),
        Column(
            "id",
            gettext_lazy("Planned"),
            kind="time",
            source="created_at",
            sort="id",
            width="sm",
            rank=3,
            is_descending_first=True,
        ),
    ),
    filters=(
        Filter(
            "rule",
            gettext_lazy("Rule"),
            path="rule",
            choices=[*REASONS.items(), *OF_THE_MAIL.items()],
            can_be_blank=True,
        ),
        Filter("survey", gettext_lazy("Survey"), path="version__survey_id", choices=_surveys),
        Filter("wave", gettext_lazy("Wave"), path="wave_id", choices=_waves, can_be_blank=True),
        Filter("free", gettext_lazy("Next free"), kind="day", path="next_free_on", can_be_blank=True),
        Filter("again", gettext_lazy("Asked again"), kind="flag", apply=_again),
    ),
    empty=Empty(
        gettext_lazy("Everybody could be asked"),
        gettext_lazy("Whom a rule holds back stands here with the reason and the next free day."),
        icon="check-check",
    ),
)
