"""Surveys that steps of plays may send; lifecycle finds this by settings.PLAY_SURVEYS."""

from voc.models import Survey


def survey_choices() -> list[tuple[str, str]]:
    """(number, name) of the surveys that can be sent, by name."""
    surveys = Survey.objects.filter(is_active=True, versions__isnull=False).distinct().order_by("name")
    return [(str(pk), name) for pk, name in surveys.values_list("pk", "name")]
