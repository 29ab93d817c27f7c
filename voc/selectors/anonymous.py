"""Answers of anonymous surveys: how many a wave brought, though nobody knows whose they are."""

import datetime as dt
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection

from django.conf import settings
from django.db.models import Count, Min, Q
from django.db.models.functions import TruncHour

from voc.formulas.tokens import token_from
from voc.models import Invitation, Response

MAIL_SALT = "voc.mail_link"
KEY_LENGTH = 16


def mail_link_keys(survey_id: int) -> list[str]:
    """Keys of the link in all mails of an anonymous survey, the present one first: of the server's secret, and of those
    that it had before."""
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    nonce = f"survey:{survey_id}"
    return [token_from(nonce=nonce, secret=str(secret), salt=MAIL_SALT)[:KEY_LENGTH] for secret in secrets]


def answers_by_mail(survey_ids: Collection[int]) -> Q:
    """Confirmed answers that a mail of these anonymous surveys led to; other links of them have their own page."""
    keys = [key for pk in survey_ids for key in mail_link_keys(pk)]
    state = Response.State.CONFIRMED
    return Q(version__survey__in=survey_ids, state=state) & (Q(link__key__in=keys) | Q(link__isnull=True))


def answers_by_wave(survey_ids: Collection[int]) -> dict[int, int]:
    """{wave id: answers}: an answer counts for the wave whose mails went out last before its hour. Two queries.

    SECURITY: numbers alone. An answer keeps the hour alone, and nothing ties it to a mail or a person.
    """
    starts: dict[int, list[tuple[dt.datetime, int]]] = defaultdict(list)
    mails = Invitation.objects.filter(wave__survey__in=survey_ids, sent_at__isnull=False).order_by()
    for survey_id, wave_id, at in mails.values_list("wave__survey_id", "wave_id").annotate(
        at=TruncHour(Min("sent_at"))
    ):
        starts[survey_id].append((at, wave_id))
    found: dict[int, int] = defaultdict(int)
    answers = Response.objects.filter(answers_by_mail(survey_ids), submitted_at__isnull=False).order_by()
    for waves in starts.values():
        waves.sort()
    for survey_id, at, number in answers.values_list("version__survey_id", "submitted_at").annotate(n=Count("pk")):
        waves = starts.get(survey_id, [])
        place = bisect_right([one[0] for one in waves], at)
        if place:
            found[waves[place - 1][1]] += number
    return dict(found)
