"""What the API says of customers, and the only fields that it takes."""

import datetime as dt
import math
from typing import Any

from rest_framework import serializers

from accounts.formulas.bands import arr_band
from accounts.models import Account, AccountSummary, Contact, Fact, Product, Segment, Subscription, Ticket, Touchpoint
from team.models import User
from team.selectors.install import currency as own_currency


class Visible(serializers.PrimaryKeyRelatedField[Any]):
    """A related row by id, of those that the caller sees."""

    def __init__(self, model: Any = None, **kwargs: Any) -> None:
        self.model = model
        super().__init__(queryset=model.objects.none() if model else None, **kwargs)

    def get_queryset(self) -> Any:
        return self.model.objects.visible_to(self.context["request"].user)

    def use_pk_only_optimization(self) -> bool:
        return True


class Versioned(serializers.ModelSerializer[Any]):
    """A row with its version: an update must name the version that it saw."""

    version = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance is not None and "version" not in attrs:
            raise serializers.ValidationError({"version": ["Name the version that you read."]})
        return attrs

    @property
    def sees_sums(self) -> bool:
        return bool(self.context["request"].user.role != "member")


class SummarySerializer(serializers.ModelSerializer[AccountSummary]):
    """Precomputed figures; department members get the ARR as a band."""

    arr = serializers.SerializerMethodField()
    arr_band = serializers.SerializerMethodField()

    class Meta:
        model = AccountSummary
        fields = (
            "arr",
            "arr_band",
            "seats",
            "renews_on",
            "last_touch_at",
            "awaiting_reply_since",
            "open_tickets",
            "contacts",
            "health",
            "health_state",
            "health_band",
            "health_coverage",
            "nps",
            "stage",
            "top_risk",
            "next_step",
            "next_step_on",
        )
        read_only_fields = fields

    def get_arr(self, summary: AccountSummary) -> str | None:
        return str(summary.arr) if self.context["request"].user.role != "member" else None

    def get_arr_band(self, summary: AccountSummary) -> str:
        return arr_band(summary.arr, own_currency())


class AccountSerializer(Versioned):
    segment = serializers.SlugRelatedField(
        slug_field="slug", queryset=Segment.objects.all(), required=False, allow_null=True
    )
    csm = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.filter(is_active=True, role__in=["csm", "manager", "admin"]),
        required=False,
        allow_null=True,
    )
    parent = Visible(Account, required=False, allow_null=True)  # type: ignore[assignment]
    custom = serializers.DictField(required=False)
    domains = serializers.ListField(child=serializers.CharField(max_length=253), required=False, max_length=100)
    tags = serializers.ListField(child=serializers.CharField(max_length=40), required=False, max_length=100)
    external_ids = serializers.SerializerMethodField()
    summary = SummarySerializer(read_only=True)

    class Meta:
        model = Account
        fields = ("id", *Account.EDITABLE, "external_ids", "summary", "version", "created_at", "updated_at")
        read_only_fields = ("id", "created_at", "updated_at")

    def get_external_ids(self, account: Account) -> dict[str, str]:
        return {row.source: row.external_id for row in account.external_ids.all()}


class ContactSerializer(Versioned):
    account = Visible(Account)
    reports_to = Visible(Contact, required=False, allow_null=True)

    class Meta:
        model = Contact
        fields = (
            *("id", "account", *Contact.EDITABLE, "last_two_way_at", "previous"),
            *("version", "created_at", "updated_at"),
        )
        read_only_fields = ("id", "last_two_way_at", "previous", "created_at", "updated_at")
        validators: list[Any] = []


class SubscriptionSerializer(Versioned):
    account = Visible(Account)
    product = serializers.SlugRelatedField(
        slug_field="code", queryset=Product.objects.all(), required=False, allow_null=True
    )
    arr_band = serializers.SerializerMethodField()

    class Meta:
        model = Subscription
        fields = (
            *("id", "account", "source", *Subscription.EDITABLE, "arr_band"),
            *("version", "created_at", "updated_at"),
        )
        read_only_fields = ("id", "source", "created_at", "updated_at")
        validators: list[Any] = []

    def get_arr_band(self, subscription: Subscription) -> str:
        return arr_band(subscription.arr, subscription.currency)

    def to_representation(self, instance: Subscription) -> dict[str, Any]:
        shown = super().to_representation(instance)
        # SECURITY: department members know a band, never the sum.
        return shown if self.sees_sums else {**shown, "arr": None}


class TouchpointSerializer(Versioned):
    account = Visible(Account)
    contacts = Visible(Contact, many=True, required=False)
    occurred_at = serializers.DateTimeField(required=False)

    class Meta:
        model = Touchpoint
        fields = (
            "id",
            "account",
            "kind",
            "direction",
            "outcome",
            "valence",
            "subject",
            "body",
            "occurred_at",
            "minutes",
            "asks_for",
            "due_on",
            "got_it_at",
            "awaiting_reply_since",
            "replied_at",
            "is_proactive",
            "is_automated",
            "is_private",
            "contacts",
            "logged_by",
            "version",
            "created_at",
        )
        read_only_fields = (
            "id",
            "got_it_at",
            "awaiting_reply_since",
            "replied_at",
            "is_automated",
            "logged_by",
            "created_at",
        )
        extra_kwargs = {"direction": {"required": False}}


class TicketSerializer(Versioned):
    account = Visible(Account)
    contact = Visible(Contact, required=False, allow_null=True)
    opened_at = serializers.DateTimeField(required=False)
    satisfaction = serializers.IntegerField(min_value=1, max_value=5, required=False, allow_null=True)

    class Meta:
        model = Ticket
        fields = (
            *("id", "account", "source", *Ticket.EDITABLE, "reopened_count"),
            *("version", "created_at", "updated_at"),
        )
        read_only_fields = ("id", "source", "reopened_count", "created_at", "updated_at")
        validators: list[Any] = []


class FactSerializer(serializers.ModelSerializer[Fact]):
    """A fact; write `value` as the fact's type. Only facts that came through the API can be written by it."""

    account = Visible(Account)
    name = serializers.SlugField(source="definition.name", max_length=50)
    value = serializers.JSONField()
    observed_at = serializers.DateTimeField(required=False)

    class Meta:
        model = Fact
        fields = ("id", "account", "name", "value", "observed_at", "is_current")
        read_only_fields = ("id", "is_current")

    def to_representation(self, instance: Fact) -> dict[str, Any]:
        value: Any = instance.text or None
        if instance.number is not None:
            value = float(instance.number)
        elif instance.day is not None:
            value = instance.day.isoformat()
        return {
            "id": instance.pk,
            "account": instance.account_id,
            "name": instance.definition.name,
            "value": value,
            "observed_at": instance.observed_at,
            "is_current": instance.is_current,
        }

    def validate_value(self, value: Any) -> Any:
        """Numbers, texts, days and yes or no."""
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int | float):
            if not math.isfinite(value) or abs(value) >= 1e11:
                raise serializers.ValidationError("The number is too large.")
            return value
        if isinstance(value, str) and len(value) <= 200 and "\x00" not in value:
            try:
                return dt.date.fromisoformat(value)
            except ValueError:
                return value
        raise serializers.ValidationError("A number, a text of at most 200 letters, a day, or true or false.")
