"""Public links of the demo's survey: a reception, a help page, a fair; some anonymous answers came in by them."""

import datetime as dt
import random

from accounts.models import Account
from team.clock import now
from voc.models import Answer, Response, SurveyLink, SurveyVersion
from voc.services.links import create_link
from voc.services.responses.writing import to_the_hour

SCORES = (10, 9, 9, 8, 10, 7, 9, 6, 10, 8, 4, 9, 7, 10)
BETWEEN = dt.timedelta(hours=31)


def write_links(*, seed: int, version: SurveyVersion) -> None:
    """Three links without an account and one of the first account; the same seed gives the same keys."""
    rng = random.Random(f"{seed}:links")
    survey = version.survey
    places = [
        (SurveyLink.Kind.LINK, "Reception, Copenhagen", []),
        (SurveyLink.Kind.WIDGET, "Help page", ["https://help.example.com"]),
        (SurveyLink.Kind.KIOSK, "Spring fair", []),
    ]
    links = [
        create_link(actor=survey.owner, survey=survey, kind=kind, name=name, origins=sites)
        for kind, name, sites in places
    ]
    account = Account.objects.order_by("pk").first()
    if account is not None:
        links.append(
            create_link(actor=survey.owner, survey=survey, kind="link", name="Key users' meeting", account=account)
        )
    for link in links:
        SurveyLink.objects.filter(pk=link.pk).update(key="".join(rng.choices("abcdefghjkmnpqrstuvwxyz23456789", k=16)))
    headline = version.definition["questions"][0]["id"]
    responses = [
        Response(
            version=version,
            link=links[number % 3],
            source=links[number % 3].kind,
            state=Response.State.CONFIRMED,
            score=score,
            seen=[headline],
            is_complete=True,
            seconds=rng.randint(6, 40),
            started_at=(at := to_the_hour(now()) - (number + 1) * BETWEEN),
            submitted_at=at,
        )
        for number, score in enumerate(SCORES)
    ]
    Response.objects.bulk_create(responses)
    Answer.objects.bulk_create(Answer(response=one, question_id=headline, number=one.score) for one in responses)
