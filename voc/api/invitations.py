"""Asking people from other systems."""

import re
from typing import Any, cast

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from team.models import User
from voc.models import Survey
from voc.services.invitations import NothingToSend
from voc.services.surveying import MOST_ITEMS, api_invite

KEY = re.compile(r"[A-Za-z0-9_.:-]{1,70}")


class NotOpen(APIException):
    """409: the survey asks nobody now."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "This survey is not open."
    default_code = "not_open"


class ItemSerializer(serializers.Serializer[Any]):
    """One person: by number, or by mail address (with the account where it stands at several)."""

    contact = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    email = serializers.EmailField(required=False)
    account = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs.get("contact")) == bool(attrs.get("email")):
            raise ValidationError("Give either contact or email.")
        return attrs


class AskingSerializer(serializers.Serializer[Any]):
    """Up to 1,000 people."""

    items = ItemSerializer(many=True, allow_empty=False)

    def validate_items(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(value) > MOST_ITEMS:
            raise ValidationError(f"At most {MOST_ITEMS} items.")
        return value


class OutcomeSerializer(serializers.Serializer[Any]):
    """What became of one item; a suppressed one says by which rule, why, and when the person is free again."""

    index = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=["queued", "suppressed", "already", "unknown", "ambiguous"])
    contact = serializers.IntegerField(source="contact_id", allow_null=True)
    invitation = serializers.IntegerField(source="invitation_id", allow_null=True)
    rule = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    next_free_on = serializers.DateField(allow_null=True)


class OutcomesSerializer(serializers.Serializer[Any]):
    """One outcome per item, in order."""

    items = OutcomeSerializer(many=True)


class InvitationsView(APIView):
    """POST people to be asked by a survey, each in their own working hours and within the contact budget."""

    @extend_schema(
        request=AskingSerializer,
        responses={202: OutcomesSerializer},
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                str,
                OpenApiParameter.HEADER,
                required=True,
                description="Names the request: sent again, nobody is asked twice.",
            )
        ],
    )
    def post(self, request: Request, pk: int) -> Response:
        """202 with one outcome per item. `Idempotency-Key` is required: 1 to 70 letters, digits and `_.:-`."""
        user = cast(User, request.user)
        if not user.can_edit:
            raise PermissionDenied
        key = request.headers.get("Idempotency-Key", "")
        if not KEY.fullmatch(key):
            raise ValidationError({"Idempotency-Key": ["This header is required: 1 to 70 letters, digits and _.:-"]})
        survey = get_object_or_404(Survey, pk=pk)
        asked = AskingSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            outcomes = api_invite(actor=user, survey=survey, items=asked.validated_data["items"], key=key)
        except NothingToSend as refusal:
            raise NotOpen(str(refusal)) from refusal
        return Response(OutcomesSerializer({"items": outcomes}).data, status=status.HTTP_202_ACCEPTED)
