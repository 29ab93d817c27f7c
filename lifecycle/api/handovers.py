"""Handovers from the vendor's CRM: one POST at closed-won writes or completes the handover of an account."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.filters import Allowed
from accounts.api.serializers import Visible
from accounts.api.views import FactsViewSet, told
from accounts.models import Account, Persona
from lifecycle.models import Handover
from lifecycle.selectors.handovers import ORIGIN
from lifecycle.services.handovers import OF_ACCOUNT, OWN, HandoverRefused, Promised, Stakeholder, save_handover

LONGEST = 5000
MOST = 30


class PromiseLine(serializers.Serializer[Any]):
    """What was promised in the sale; the same words twice are one promise."""

    words = serializers.CharField(max_length=300)
    due_on = serializers.DateField()


class PersonLine(serializers.Serializer[Any]):
    """Somebody at the customer, found again by mail address, else by name."""

    name = serializers.CharField(max_length=160)
    email = serializers.EmailField(required=False, allow_blank=True, default="")
    title = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    persona = serializers.ChoiceField(choices=Persona.choices, required=False, allow_blank=True, default="")


def _text(label: str = "") -> serializers.CharField:
    return serializers.CharField(max_length=LONGEST, required=False, allow_blank=True, help_text=label)


class HandoverInput(serializers.Serializer[Any]):
    """What a CRM knows at closed-won. What is left out stays as it is; promises and people are added."""

    account = Visible(Account, required=False)
    external_id = serializers.CharField(
        max_length=161, required=False, help_text="Instead of `account`: `<system>:<id there>`."
    )
    intent = serializers.ChoiceField(choices=Account.Intent.choices, required=False, allow_blank=True)
    desired_outcomes = _text()
    decision_context = _text()
    success_criteria = _text("How they will know that it worked.")
    risks = _text()
    has_no_risks = serializers.BooleanField(required=False)
    notes = _text()
    has_no_promises = serializers.BooleanField(required=False)
    promises: Any = serializers.ListSerializer(child=PromiseLine(), required=False, max_length=MOST)
    stakeholders: Any = serializers.ListSerializer(child=PersonLine(), required=False, max_length=MOST)
    is_submitted = serializers.BooleanField(required=False, default=True, help_text="False keeps it a draft.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        external_id = attrs.pop("external_id", "")
        if "account" not in attrs:
            source, _colon, key = external_id.partition(":")
            rows = Account.objects.visible_to(self.context["request"].user)
            found = rows.filter(external_ids__source=source, external_ids__external_id=key).first()
            if found is None:
                raise serializers.ValidationError({"account": ["Name an account by id, or by its external_id."]})
            attrs["account"] = found
        return attrs


class HandoverSerializer(serializers.ModelSerializer[Handover]):
    """A handover as it stands, with how complete it is and what is missing."""

    intent = serializers.CharField(source="account.intent", read_only=True)
    desired_outcomes = serializers.CharField(source="account.desired_outcomes", read_only=True)
    decision_context = serializers.CharField(source="account.decision_context", read_only=True)
    promises = serializers.SerializerMethodField()

    class Meta:
        model = Handover
        fields = (
            "id",
            "account",
            "state",
            "completeness",
            "gaps",
            *OF_ACCOUNT,
            *OWN,
            "promises",
            "source",
            "submitted_at",
            "accepted_at",
            "sent_back_reason",
            "version",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields

    def get_promises(self, handover: Handover) -> list[dict[str, Any]]:
        """Words, day and state of what was promised in the sale."""
        rows = [one for one in handover.account.promises.all() if one.origin == ORIGIN and one.deleted_at is None]
        return [{"words": one.words, "due_on": one.due_on.isoformat(), "state": one.state} for one in rows]


class HandoverViewSet(FactsViewSet):
    """Handovers from sales."""

    model = Handover
    serializer_class = HandoverSerializer
    related = ("account",)
    allowed_filters = {
        "account": Allowed("account", "id"),
        "state": Allowed("state", choices=tuple(Handover.State.values)),
        "updated_after": Allowed("updated_at__gt", "moment"),
    }

    def get_queryset(self) -> Any:
        return super().get_queryset().prefetch_related("account__promises")

    @extend_schema(request=HandoverInput, responses={201: HandoverSerializer, 200: HandoverSerializer})
    def create(self, request: Request) -> Response:
        """Writes the handover of an account: 201 for its first, 200 for one that was there. The same POST twice changes
        nothing more; an accepted handover is closed."""
        serializer = HandoverInput(data=request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        values = dict(serializer.validated_data)
        account = values.pop("account")
        is_new = not Handover.objects.filter(account=account).exists()
        promised = [Promised(words=line["words"], due_on=line["due_on"]) for line in values.pop("promises", [])]
        people = [Stakeholder(**line) for line in values.pop("stakeholders", [])]
        try:
            with told():
                made = save_handover(
                    actor=self.user, account=account, promises=promised, people=people, source="api", **values
                )
        except HandoverRefused as error:
            raise ValidationError({"account": [str(error)]}) from error
        answer = self.get_serializer(self._row(made.pk)).data
        return Response(answer, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)
