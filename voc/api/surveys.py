"""Surveys by API, read alone: the programme, and every published version with its definition."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.filters import Allowed
from accounts.api.views import FactsViewSet
from voc.models import Survey, SurveyVersion


class SurveySerializer(serializers.ModelSerializer[Survey]):
    """One survey. `newest_version` is null for one that was never published."""

    newest_version = serializers.SerializerMethodField()

    class Meta:
        model = Survey
        fields = (
            *("id", "name", "kind", "owner", "decision", "measure", "target", "who_reads", "legal_basis"),
            *("is_anonymous", "is_transactional", "is_about_renewal", "valid_days", "reminders", "is_active"),
            *("newest_version", "created_at", "updated_at"),
        )
        read_only_fields = fields

    def get_newest_version(self, survey: Survey) -> int | None:
        return max((version.number for version in survey.versions.all()), default=None)


class SurveyVersionSerializer(serializers.ModelSerializer[SurveyVersion]):
    """What customers saw; `definition` in the grammar of docs/surveys.md."""

    definition = serializers.JSONField(read_only=True)

    class Meta:
        model = SurveyVersion
        fields = ("id", "survey", "number", "definition", "note", "published_at", "published_by")
        read_only_fields = fields


class SurveyViewSet(FactsViewSet):
    """What customers are asked."""

    model = Survey
    serializer_class = SurveySerializer
    allowed_filters = {
        "kind": Allowed("kind", choices=tuple(Survey.Kind.values)),
        "is_active": Allowed("is_active", "flag"),
        "updated_after": Allowed("updated_at__gt", "moment"),
    }

    def get_queryset(self) -> Any:
        return super().get_queryset().prefetch_related("versions")

    @extend_schema(responses=SurveyVersionSerializer(many=True))
    def versions(self, request: Request, pk: int) -> Response:
        """Every version of one survey, the newest first."""
        found = self._row(pk).versions.order_by("-number")
        return Response(SurveyVersionSerializer(found, many=True).data)
