"""Public ways into a survey: make them, pause them, close them, start a kiosk."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Account
from team.clock import now
from team.models import User
from voc.formulas.origins import BadOrigin, read_origin
from voc.formulas.tokens import new_token
from voc.models import Response, Survey, SurveyLink, SurveyVersion
from voc.selectors.anonymous import KEY_LENGTH, mail_link_keys

MOST_ORIGINS: Final = 10
KIOSK_SALT: Final = "voc.kiosk"
# A wave brings most of its answers within hours.
MAIL_PER_HOUR: Final = 10_000
# A screen that stands somewhere is started anew by somebody of the team at least this often.
KIOSK_RUNS: Final = dt.timedelta(days=30)


@transaction.atomic
def create_link(
    *,
    actor: User | None,
    survey: Survey,
    kind: str,
    name: str,
    account: Account | None = None,
    origins: Sequence[str] = (),
    per_hour: int = 120,
    closes_at: dt.datetime | None = None,
) -> SurveyLink:
    """A link with a key of its own. Raises ValidationError where it would break a promise: an anonymous survey's link
    names no account, a widget names the sites that may show it. The caller has checked that the actor edits the
    account.
    """
    if survey.is_anonymous and account is not None:
        raise ValidationError({"account": _("The survey is anonymous: its links name no account.")})
    try:
        sites = list(dict.fromkeys(read_origin(one) for one in origins))
    except BadOrigin as error:
        raise ValidationError({"origins": str(error)}) from error
    if kind == SurveyLink.Kind.WIDGET and not sites:
        raise ValidationError({"origins": _("Say which sites may show it: https://www.example.com")})
    if len(sites) > MOST_ORIGINS:
        raise ValidationError({"origins": _("Name %(n)s sites at most.") % {"n": MOST_ORIGINS}})
    return SurveyLink.objects.create(
        survey=survey,
        kind=kind,
        name=name,
        key=new_token()[:KEY_LENGTH],
        account=account,
        origins=sites if kind == SurveyLink.Kind.WIDGET else [],
        per_hour=per_hour,
        closes_at=closes_at,
        created_by=actor,
    )


def mail_link(survey: Survey) -> SurveyLink:
    """The link that all mails of an anonymous survey carry: one for everybody, made with the first mail.

    Safe to call many times at once: the key is made of the survey and the server's secret.
    """
    key = mail_link_keys(survey.pk)[0]
    link, _is_new = SurveyLink.objects.get_or_create(
        key=key,
        defaults={
            "survey": survey,
            "kind": SurveyLink.Kind.LINK,
            "name": _("In the mails"),
            "per_hour": MAIL_PER_HOUR,
        },
    )
    return link


def pause_link(*, link: SurveyLink, is_active: bool) -> bool:
    """Pause a link or let it go on. True when that changed."""
    return SurveyLink.objects.filter(pk=link.pk).exclude(is_active=is_active).update(is_active=is_active) == 1


def close_link(*, link: SurveyLink, closes_at: dt.datetime | None) -> bool:
    """Close a link now, or open it again with None. True when that changed."""
    rows = SurveyLink.objects.filter(pk=link.pk)
    return rows.exclude(closes_at=closes_at).update(closes_at=closes_at) == 1


def is_open(link: SurveyLink) -> bool:
    """It takes answers now."""
    is_closed = link.closes_at is not None and link.closes_at <= now()
    survey = link.survey
    is_there = survey.is_active and survey.deleted_at is None
    return link.is_active and not is_closed and is_there and (link.account is None or link.account.deleted_at is None)


def open_version(link: SurveyLink) -> SurveyVersion | None:
    """What somebody sees who comes now; None before the survey is published."""
    version = link.survey.versions.order_by("-number").first()
    if version is not None:
        version.survey = link.survey
    return version


def links_of(survey: Survey, user: User) -> QuerySet[SurveyLink]:
    """The links of a survey that a person may see, with `answers`, `partial` and `last_at`."""
    mine = Q(account=None) | Q(account__in=Account.objects.visible_to(user))
    counted = Q(responses__state=Response.State.CONFIRMED)
    return (
        SurveyLink.objects.filter(mine, survey=survey)
        .select_related("account", "created_by")
        .annotate(
            answers=Count("responses", filter=counted),
            partial=Count("responses", filter=Q(responses__state=Response.State.PARTIAL)),
            last_at=Max("responses__submitted_at", filter=counted),
        )
        .order_by("-created_at", "-pk")
    )


def start_kiosk(link: SurveyLink) -> str:
    """What a device keeps that was started as this kiosk by somebody of the team."""
    return signing.dumps(link.key, salt=KIOSK_SALT)


def is_started(link: SurveyLink, cookie: str) -> bool:
    """The device was started for this link, and not too long ago."""
    try:
        return bool(signing.loads(cookie, salt=KIOSK_SALT, max_age=KIOSK_RUNS) == link.key)
    except signing.BadSignature:
        return False
