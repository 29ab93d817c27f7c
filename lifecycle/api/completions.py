"""Completions from a course system: told again, nothing happens twice."""

from typing import Any

from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.filters import Allowed
from accounts.api.views import FactsViewSet, told
from accounts.models import Contact
from lifecycle.models import Completion, ContentItem
from lifecycle.services.content.completions import record_completion


class CompletionSerializer(serializers.ModelSerializer[Completion]):
    """Who finished which item: the person by id or mail address, the item by id or by its id in the course system."""

    content = serializers.IntegerField(source="content_id", required=False)
    course = serializers.CharField(
        max_length=120, required=False, write_only=True, help_text="Instead of `content`: its id in the course system."
    )
    contact = serializers.IntegerField(source="contact_id", required=False)
    email = serializers.EmailField(required=False, write_only=True, help_text="Instead of `contact`.")
    account = serializers.IntegerField(source="account_id", read_only=True)
    completed_at = serializers.DateTimeField(required=False)

    class Meta:
        model = Completion
        fields = ("id", "content", "course", "contact", "email", "account", "completed_at", "source", "external_id")
        read_only_fields = ("id", "account")
        validators: list[Any] = []


class CompletionViewSet(FactsViewSet):
    """GET what was finished, POST what somebody finished; the same completion again answers 200 with the first one."""

    model = Completion
    serializer_class = CompletionSerializer
    allowed_filters = {"account": Allowed("account", "id"), "content": Allowed("content", "id")}

    def create(self, request: Request) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        with told():
            made, is_new = record_completion(
                actor=self.user,
                content=self._content(values),
                contact=self._contact(values),
                completed_at=values.get("completed_at"),
                source=values.get("source") or "api",
                external_id=values.get("external_id") or None,
            )
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(self.get_serializer(made).data, status=code)

    def _content(self, values: dict[str, Any]) -> ContentItem:
        rows = ContentItem.objects.all()
        if "content_id" in values:
            found = rows.filter(pk=values["content_id"]).first()
        else:
            found = rows.filter(external_id=values.get("course", "")).first()
        if found is None:
            raise ValidationError({"content": ["Name an item of the library, by id or by its course id."]})
        return found

    def _contact(self, values: dict[str, Any]) -> Contact:
        # SECURITY: a person whom the key's owner does not see is as unknown as one who does not exist.
        rows = Contact.objects.editable_by(self.user).select_related("account")
        if "contact_id" in values:
            found = rows.filter(pk=values["contact_id"]).first()
        else:
            found = rows.filter(email__iexact=values.get("email") or " ").order_by("pk").first()
        if found is None:
            raise ValidationError({"contact": ["Name a person whom you may change, by id or by mail address."]})
        return found
