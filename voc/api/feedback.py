"""Feedback by API: read what was said, and send what was said elsewhere, up to 500 pieces at once."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.filters import Allowed
from accounts.api.views import FactsViewSet
from voc.formulas.ratings import OWN
from voc.models import Feedback
from voc.selectors.quotes import author_for, quote_for
from voc.services.inbox.receiving import MOST, Outcome, Piece, take_pieces
from voc.tasks import ring_understand

LONGEST = 20_000
RUNG = 20


class FeedbackSerializer(serializers.ModelSerializer[Feedback]):
    """One piece of voice. Personal data in it is blotted out for department members."""

    text = serializers.SerializerMethodField()
    author = serializers.SerializerMethodField()
    themes = serializers.SerializerMethodField()

    class Meta:
        model = Feedback
        fields = (
            *(
                "id",
                "account",
                "contact",
                "author",
                "source",
                "source_system",
                "external_id",
                "url",
                "text",
                "language",
            ),
            *("sentiment", "label", "confidence", "is_mixed", "score", "score_given", "stage", "persona", "themes"),
            *("duplicate_of", "is_handled", "received_at", "understood_at", "created_at"),
        )
        read_only_fields = fields

    def get_text(self, feedback: Feedback) -> str:
        return quote_for(self.context["request"].user, feedback)

    def get_author(self, feedback: Feedback) -> str:
        return author_for(self.context["request"].user, feedback)

    def get_themes(self, feedback: Feedback) -> list[str]:
        return [tag.theme.slug for tag in feedback.tags.all()]


class AccountRefSerializer(serializers.Serializer[Any]):
    source = serializers.CharField(max_length=40)  # type: ignore[assignment]
    id = serializers.CharField(max_length=120)


class PieceSerializer(serializers.Serializer[Any]):
    """What is taken. Whose words they are: `account`, `account_ref` (an id in another system), `contact` or `email`."""

    text = serializers.CharField(max_length=LONGEST)
    source = serializers.ChoiceField(  # type: ignore[assignment]
        choices=[choice for choice in Feedback.Source.choices if choice[0] != Feedback.Source.SURVEY]
    )
    received_at = serializers.DateTimeField(required=False)
    account = serializers.IntegerField(required=False, min_value=1, max_value=2**62)
    account_ref = AccountRefSerializer(required=False)
    contact = serializers.IntegerField(required=False, min_value=1, max_value=2**62)
    email = serializers.EmailField(required=False, allow_blank=True)
    author = serializers.CharField(required=False, allow_blank=True, max_length=160)
    url = serializers.URLField(required=False, allow_blank=True, max_length=500)
    score = serializers.IntegerField(required=False, allow_null=True, help_text="On `scale`.")
    scale = serializers.ListField(
        child=serializers.IntegerField(min_value=-1000, max_value=1000),
        min_length=2,
        max_length=2,
        required=False,
        help_text="Lowest and highest, [0, 10] when it is left out; [1, 5] for stars.",
    )
    language = serializers.CharField(required=False, allow_blank=True, max_length=10)
    source_system = serializers.CharField(required=False, max_length=40)
    external_id = serializers.CharField(required=False, max_length=120, help_text="Sent again: nothing is doubled.")

    def validate_source_system(self, value: str) -> str:
        # SECURITY: under these names stand rows of our own tables.
        if value in {"survey", "ticket", "touchpoint", "manual", "link"}:
            raise serializers.ValidationError("This name is taken.")
        return value

    def validate_url(self, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise serializers.ValidationError("Only http:// and https://.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        low, high = attrs.get("scale") or OWN
        score = attrs.get("score")
        if low >= high:
            raise serializers.ValidationError({"scale": ["The lowest comes first."]})
        if score is not None and not low <= score <= high:
            raise serializers.ValidationError({"score": [f"Not between {low} and {high}."]})
        return attrs


class OutcomeSerializer(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(choices=["created", "updated", "unchanged", "rejected"])
    id = serializers.IntegerField(allow_null=True)
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField())
    )


class OutcomesSerializer(serializers.Serializer[Any]):
    outcomes = OutcomeSerializer(many=True)


class FeedbackViewSet(FactsViewSet):
    """What customers said."""

    model = Feedback
    serializer_class = FeedbackSerializer
    related = ("contact",)
    allowed_filters = {
        "account": Allowed("account", "id"),
        "contact": Allowed("contact", "id"),
        "source": Allowed("source", choices=tuple(Feedback.Source.values)),
        "label": Allowed("label", choices=tuple(Feedback.Label.values)),
        "language": Allowed("language"),
        "theme": Allowed("tags__theme__slug"),
        "is_handled": Allowed("is_handled", "flag"),
        "received_after": Allowed("received_at__gt", "moment"),
        "created_after": Allowed("created_at__gt", "moment"),
    }

    def get_queryset(self) -> Any:
        return super().get_queryset().prefetch_related("tags__theme")

    @extend_schema(
        request=PieceSerializer,
        responses={
            200: OpenApiResponse(OutcomesSerializer, description="A list was sent: the outcome of each, in its order."),
            201: OpenApiResponse(OutcomeSerializer, description="One piece was sent, and is new."),
        },
    )
    def create(self, request: Request) -> Response:
        """One piece, or a list of at most 500. Idempotent by `source_system` and `external_id`; one that is refused
        does not hold the others up."""
        if not self.user.can_edit:
            raise PermissionDenied("You cannot write feedback.")
        sent = request.data
        if not isinstance(sent, list):
            outcome = self._take([sent])[0]
            if outcome.outcome == "rejected":
                raise ValidationError(outcome.errors)
            is_new = outcome.outcome == "created"
            return Response(_told(outcome), status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)
        if not 0 < len(sent) <= MOST:
            raise ValidationError({"non_field_errors": [f"Send between 1 and {MOST} pieces."]})
        return Response({"outcomes": [_told(outcome) for outcome in self._take(sent)]})

    def _take(self, sent: list[Any]) -> list[Outcome]:
        """The outcome of each, in its order; what is malformed never reaches the service."""
        checks = [PieceSerializer(data=one, context=self.get_serializer_context()) for one in sent]
        fine = [check.is_valid() for check in checks]
        pieces = [_piece(check.validated_data) for check, is_fine in zip(checks, fine, strict=True) if is_fine]
        taken = iter(take_pieces(actor=self.user, pieces=pieces))
        outcomes = [
            next(taken) if is_fine else Outcome("rejected", errors=_words(check.errors))
            for check, is_fine in zip(checks, fine, strict=True)
        ]
        fresh = [one.feedback_id for one in outcomes if one.outcome in {"created", "updated"} and one.feedback_id]
        # A long batch is found by the sweep: the queue is not for hundreds of bells.
        for pk in fresh if len(fresh) <= RUNG else ():
            ring_understand(pk)
        return outcomes


def _piece(values: dict[str, Any]) -> Piece:
    ref = values.get("account_ref")
    low, high = values.get("scale") or OWN
    return Piece(
        text=values["text"],
        source=values["source"],
        received_at=values.get("received_at"),
        account_id=values.get("account"),
        account_ref=(ref["source"], ref["id"]) if ref else None,
        contact_id=values.get("contact"),
        email=values.get("email", ""),
        author=values.get("author", ""),
        url=values.get("url", ""),
        score=values.get("score"),
        scale=(low, high),
        language=values.get("language", ""),
        source_system=values.get("source_system", "api"),
        external_id=values.get("external_id"),
    )


def _words(errors: Any) -> dict[str, list[str]]:
    """The errors of one piece as plain words by field."""
    return {
        str(name): [str(word) for word in (words if isinstance(words, list) else [words])]
        for name, words in dict(errors).items()
    }


def _told(outcome: Outcome) -> dict[str, Any]:
    return {"outcome": outcome.outcome, "id": outcome.feedback_id, "errors": outcome.errors}
