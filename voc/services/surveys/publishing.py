"""From draft to version: what customers see from now on, frozen."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Max

from team.models import User
from voc.formulas.checks import ERROR, Finding, SurveyFacts, check_definition
from voc.models import Survey, SurveyVersion
from voc.services.surveys.drafting import definition_of


class NotReady(ValueError):
    """The survey has errors, or warnings that its publisher did not accept by name."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(" ".join(finding.words for finding in findings))
        self.findings = findings


def facts_of(survey: Survey) -> SurveyFacts:
    """What the check has to know beside the questions."""
    return SurveyFacts(
        kind=survey.kind,
        has_owner=survey.owner_id is not None,
        decision=survey.decision,
        measure=survey.measure,
        target=survey.target,
        who_reads=survey.who_reads,
        brand_color=survey.brand_color,
    )


def findings_of(survey: Survey) -> tuple[Finding, ...]:
    """What the check says of the draft."""
    return check_definition(definition_of(survey), facts_of(survey))


@transaction.atomic
def publish_survey(*, actor: User, survey: Survey, note: str = "", accepted: Collection[str] = ()) -> SurveyVersion:
    """Freeze the draft as the next version; the newest one again when it says the same. Raises NotReady.

    `accepted` are names of warnings (Finding.name) that may stand; they are kept with the version.
    """
    kept = Survey.objects.select_for_update().get(pk=survey.pk)
    definition = definition_of(kept).to_json()
    findings = findings_of(kept)
    if blocking := tuple(one for one in findings if one.level == ERROR or one.name not in accepted):
        raise NotReady(blocking)
    newest = kept.versions.order_by("-number").first()
    if newest is not None and newest.definition == definition:
        return newest
    last = kept.versions.aggregate(last=Max("number"))["last"] or 0
    return SurveyVersion.objects.create(
        survey=kept,
        number=last + 1,
        definition=definition,
        note=note,
        accepted_findings=[{"name": one.name, "words": one.words} for one in findings],
        published_by=actor,
    )
