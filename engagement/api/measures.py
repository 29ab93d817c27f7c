"""Measures by API: which there are, and the values of external ones, up to 1,000 at once."""

from typing import Any, cast

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from accounts.api.filters import Allowed, AllowedFilters
from engagement.models import Component, CustomMeasure, MeasureValue
from engagement.selectors.measures.kinds import Measure, Unit
from engagement.selectors.measures.own import OwnMeasure
from engagement.selectors.measures.registry import registry
from engagement.services.measure_values import MOST, ValueOutcome, ValueRow, take_values
from team.models import User


class MeasureSerializer(serializers.Serializer[Any]):
    """One measure. `kind`: of Perennial itself, worked out by a formula, or brought in from outside."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    component = serializers.ChoiceField(choices=Component.choices)
    definition = serializers.CharField()
    unit = serializers.ChoiceField(choices=[(unit.value, unit.value) for unit in Unit])
    kind = serializers.ChoiceField(choices=["built_in", "formula", "external"])
    is_archived = serializers.BooleanField()


class MeasuresSerializer(serializers.Serializer[Any]):
    measures = MeasureSerializer(many=True)


class MeasuredAccountSerializer(serializers.Serializer[Any]):
    source = serializers.CharField(max_length=40)  # type: ignore[assignment]
    id = serializers.CharField(max_length=120)


class ValueSerializer(serializers.Serializer[Any]):
    """One value. The account by its id, or by `account_ref`, an id in another system."""

    account = serializers.IntegerField(required=False, min_value=1, max_value=2**62)
    account_ref = MeasuredAccountSerializer(required=False)
    value = serializers.DecimalField(max_digits=16, decimal_places=4)
    observed_at = serializers.DateTimeField(help_text="With its zone; sent again for the same moment it overwrites.")
    evidence = serializers.CharField(required=False, allow_blank=True, max_length=300, help_text="What it rests on.")
    url = serializers.URLField(required=False, allow_blank=True, max_length=200, help_text="Where that can be seen.")
    source = serializers.CharField(required=False, allow_blank=True, max_length=40)  # type: ignore[assignment]

    def validate_url(self, value: str) -> str:
        # SECURITY: it becomes a link on the page of the evidence.
        if value and not value.startswith(("https://", "http://")):
            raise serializers.ValidationError("Only http:// and https://.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("account" in attrs) == ("account_ref" in attrs):
            raise serializers.ValidationError({"account": ["Name the account by `account` or by `account_ref`."]})
        if "\x00" in "".join(attrs.get(name, "") for name in ("evidence", "url", "source")):
            raise serializers.ValidationError("Null characters are no text.")
        return attrs


class StoredValueSerializer(serializers.ModelSerializer[MeasureValue]):
    class Meta:
        model = MeasureValue
        fields = ("id", "account", "value", "observed_at", "evidence", "url", "source", "created_at")
        read_only_fields = fields


class ValueOutcomeSerializer(serializers.Serializer[Any]):
    """What became of the row with this index."""

    index = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=["created", "updated", "unchanged", "rejected"])
    account = serializers.IntegerField(allow_null=True)
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField())
    )


class ValueOutcomesSerializer(serializers.Serializer[Any]):
    outcomes = ValueOutcomeSerializer(many=True)


class MeasuresView(APIView):
    """Which measures there are."""

    @extend_schema(responses=MeasuresSerializer)
    def get(self, request: Request) -> Response:
        """All of them, by component: those of Perennial first, then own ones."""
        return Response({"measures": [_told(measure) for measure in registry().values()]})


def _told(measure: Measure) -> dict[str, Any]:
    own = measure if isinstance(measure, OwnMeasure) else None
    return {
        "code": measure.code,
        "label": str(measure.label),
        "component": measure.component.value,
        "definition": str(measure.definition),
        "unit": measure.unit.value,
        "kind": own.kind if own else "built_in",
        "is_archived": bool(own and own.is_archived),
    }


class MeasureValuesViewSet(GenericViewSet[MeasureValue]):
    """Values of one external measure."""

    filter_backends = [AllowedFilters]
    serializer_class = StoredValueSerializer
    allowed_filters = {
        "account": Allowed("account", "id"),
        "observed_after": Allowed("observed_at__gt", "moment"),
        "created_after": Allowed("created_at__gt", "moment"),
    }

    @property
    def user(self) -> User:
        """Whose session or key it is."""
        return cast(User, self.request.user)

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return MeasureValue.objects.none()
        return MeasureValue.objects.visible_to(self.user).filter(measure=self._measure())

    def _measure(self) -> CustomMeasure:
        found = CustomMeasure.objects.filter(code=self.kwargs["code"], kind=CustomMeasure.Kind.EXTERNAL).first()
        if found is None:
            raise NotFound
        return found

    @extend_schema(parameters=[OpenApiParameter("code", str, OpenApiParameter.PATH)])
    def list(self, request: Request, code: str) -> Response:
        """What came in, newest first, by cursor."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        parameters=[OpenApiParameter("code", str, OpenApiParameter.PATH)],
        request=ValueSerializer(many=True),
        responses={200: ValueOutcomesSerializer},
    )
    def create(self, request: Request, code: str) -> Response:
        """A list of 1 to 1,000 values. Idempotent by measure, account and `observed_at`; one that is refused does not
        hold the others up."""
        if not self.user.can_edit:
            raise PermissionDenied("You cannot send values.")
        measure, sent = self._measure(), request.data
        if not isinstance(sent, list) or not 0 < len(sent) <= MOST:
            raise ValidationError({"non_field_errors": [f"Send a list of 1 to {MOST} values."]})
        checks = [ValueSerializer(data=one) for one in sent]
        fine = [check.is_valid() for check in checks]
        rows = [_row(check.validated_data) for check, is_fine in zip(checks, fine, strict=True) if is_fine]
        try:
            taken = iter(take_values(actor=self.user, measure=measure, rows=rows))
        except ValueError as error:
            raise ValidationError({"non_field_errors": [str(error)]}) from error
        outcomes = [
            next(taken) if is_fine else ValueOutcome("rejected", errors=_words(check.errors))
            for check, is_fine in zip(checks, fine, strict=True)
        ]
        return Response({"outcomes": [_outcome(number, one) for number, one in enumerate(outcomes)]})


def _row(values: dict[str, Any]) -> ValueRow:
    ref = values.get("account_ref")
    return ValueRow(
        value=values["value"],
        observed_at=values["observed_at"],
        account_id=values.get("account"),
        account_ref=(ref["source"], ref["id"]) if ref else None,
        evidence=values.get("evidence", ""),
        url=values.get("url", ""),
        source=values.get("source", ""),
    )


def _words(errors: Any) -> dict[str, list[str]]:
    """The errors of one row as plain words by field."""
    return {
        str(name): [str(word) for word in (words if isinstance(words, list) else [words])]
        for name, words in dict(errors).items()
    }


def _outcome(index: int, one: ValueOutcome) -> dict[str, Any]:
    return {"index": index, "outcome": one.outcome, "account": one.account_id, "errors": one.errors}
