"""Surveys as their owners see them: the list with its audience, versions with how many answered."""

from collections.abc import Iterable

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Account
from team.models import User
from voc.models import Response, Survey, SurveyLink, SurveyTrigger, SurveyVersion, Wave
from voc.selectors.results import surveys_with_counts


def listed_surveys(user: User) -> QuerySet[Survey]:
    """With counts of people, the newest version, waves, triggers and links; one query."""
    versions = SurveyVersion.objects.filter(survey=OuterRef("pk")).order_by("-number")
    waves = (
        Wave.objects.filter(survey=OuterRef("pk")).exclude(state=Wave.State.CANCELLED).order_by("-created_at", "-id")
    )
    triggers = SurveyTrigger.objects.filter(survey=OuterRef("pk"), is_active=True).order_by()
    links = SurveyLink.objects.filter(survey=OuterRef("pk"), is_active=True).order_by()
    return surveys_with_counts(user).annotate(
        newest_number=Subquery(versions.values("number")[:1]),
        newest_definition=Subquery(versions.values("definition")[:1]),
        wave_name=Subquery(waves.values("name")[:1]),
        wave_state=Subquery(waves.values("state")[:1]),
        wave_size=Subquery(waves.values("audience_size")[:1]),
        waves_made=counted(waves.order_by()),
        triggers_on=counted(triggers),
        links_open=counted(links),
    )


def counted(rows: QuerySet[Wave] | QuerySet[SurveyTrigger] | QuerySet[SurveyLink]) -> Coalesce:
    """How many rows of a survey, as a subquery."""
    return Coalesce(Subquery(rows.values("survey").annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)


def in_states(states: Iterable[str]) -> Q:
    """Drafts were never published; open ones are; closed ones ask nobody."""
    is_published = Exists(SurveyVersion.objects.filter(survey=OuterRef("pk")))
    conditions = {
        "closed": Q(is_active=False),
        "draft": Q(~is_published, is_active=True),
        "open": Q(is_published, is_active=True),
    }
    found = Q(pk__in=[])
    for state in states:
        found |= conditions.get(state, Q(pk__in=[]))
    return found


def versions_with_counts(survey: Survey, user: User) -> QuerySet[SurveyVersion]:
    """Newest first, each with the confirmed answers of visible accounts (and of those that nobody knows)."""
    visible = Q(responses__account__in=Account.objects.visible_to(user)) | Q(responses__account=None)
    confirmed = Q(responses__state=Response.State.CONFIRMED)
    return (
        survey.versions.select_related("published_by")
        .annotate(answered=Count("responses", filter=visible & confirmed))
        .order_by(F("number").desc())
    )
