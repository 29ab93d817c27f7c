"""Lists, rows, additions and changes; every write goes through the service that the pages use."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.core.exceptions import PermissionDenied as NotAllowed
from django.core.exceptions import ValidationError as Refused
from django.db.models import Model
from rest_framework import status
from rest_framework.exceptions import APIException, NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.api.filters import Allowed, AllowedFilters
from accounts.api.serializers import (
    AccountSerializer,
    ContactSerializer,
    FactSerializer,
    SubscriptionSerializer,
    TicketSerializer,
    TouchpointSerializer,
)
from accounts.forms.base import shown
from accounts.models import Account, Contact, Fact, Persona, Subscription, Ticket, Touchpoint
from accounts.services.accounts import create_account, edit_account
from accounts.services.contacts import create_contact, edit_contact
from accounts.services.facts import FactRow, WrongOwner, push_facts
from accounts.services.subscriptions import create_subscription, edit_subscription
from accounts.services.tickets import create_ticket, edit_ticket
from accounts.services.touchpoints import edit_touchpoint, log_touchpoint
from accounts.services.versions import EditConflict
from team.clock import now
from team.models import User

OF_ACCOUNT = {"account": Allowed("account", "id"), "updated_after": Allowed("updated_at__gt", "moment")}


class Conflict(APIException):
    """409: somebody else changed the same field; the body holds both values."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "Somebody else changed this in the meantime."
    default_code = "conflict"


@contextmanager
def told() -> Iterator[None]:
    """Refusals of services as answers of the API."""
    try:
        yield
    except Refused as error:
        raise ValidationError(error.message_dict if hasattr(error, "error_dict") else error.messages) from error
    except NotAllowed as error:
        raise PermissionDenied(str(error)) from error
    except EditConflict as conflict:
        clashes = {
            clash.field: {"theirs": shown(clash.theirs), "mine": shown(clash.mine)} for clash in conflict.clashes
        }
        body: Any = {"version": conflict.version, "clashes": clashes}
        raise Conflict(body) from conflict


class FactsViewSet(GenericViewSet[Any]):
    """What all kinds share: GET a list, GET one, POST one, PATCH one."""

    filter_backends = [AllowedFilters]
    allowed_filters: dict[str, Allowed] = {}
    model: Any = Account
    related: tuple[str, ...] = ()

    @property
    def user(self) -> User:
        """Whose session or key it is; the permission refused everybody else."""
        return cast(User, self.request.user)

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.model.objects.none()
        return self.model.objects.visible_to(self.user).select_related(*self.related)

    def list(self, request: Request) -> Response:
        """Newest first, by cursor; 50 a page, at most 200 (`page_size`)."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, pk: int) -> Response:
        return Response(self.get_serializer(self._row(pk)).data)

    def create(self, request: Request) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = dict(serializer.validated_data)
        values.pop("version", None)
        with told():
            made = self.make(values)
        return Response(self.get_serializer(self._row(made.pk)).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: int) -> Response:
        """Changes the fields that are sent; `version` must be the one that was read, else 409 where both changed."""
        row = self._editable(pk)
        serializer = self.get_serializer(row, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        values = dict(serializer.validated_data)
        version = values.pop("version")
        # A row stays at its account: people change employer by `move`, rows by a merge.
        values.pop("account", None)
        with told():
            self.change(row, version, values)
        return Response(self.get_serializer(self._row(pk)).data)

    def make(self, values: dict[str, Any]) -> Model:
        """Call the service that adds one."""
        raise NotImplementedError

    def change(self, row: Any, version: int, values: dict[str, Any]) -> None:
        """Call the service that changes one."""
        raise NotImplementedError

    def _row(self, pk: int) -> Any:
        return self.get_object_of(self.get_queryset(), pk)

    def _editable(self, pk: int) -> Any:
        rows = self.model.objects.editable_by(self.user).filter(pk__in=self.get_queryset().values("pk"))
        return self.get_object_of(rows.select_related(*self.related), pk)

    def get_object_of(self, rows: Any, pk: int) -> Any:
        """The row, or 404 as for one that does not exist."""
        row = rows.filter(pk=pk).first()
        if row is None:
            raise NotFound
        return row


class AccountViewSet(FactsViewSet):
    """Customers."""

    model = Account
    serializer_class = AccountSerializer
    related = ("summary", "segment")
    allowed_filters = {
        "name": Allowed("name__icontains"),
        "segment": Allowed("segment__slug"),
        "status": Allowed("status", choices=tuple(Account.Status.values)),
        "csm": Allowed("csm", "id"),
        "tag": Allowed("tags__contains", "words"),
        "domain": Allowed("domains__contains", "words"),
        "updated_after": Allowed("updated_at__gt", "moment"),
    }

    def get_queryset(self) -> Any:
        return super().get_queryset().prefetch_related("external_ids")

    def make(self, values: dict[str, Any]) -> Account:
        return create_account(actor=self.user, **values)

    def change(self, row: Account, version: int, values: dict[str, Any]) -> None:
        edit_account(actor=self.user, account=row, version=version, **values)


class ContactViewSet(FactsViewSet):
    """People at customers."""

    model = Contact
    serializer_class = ContactSerializer
    related = ("account",)
    allowed_filters = OF_ACCOUNT | {
        "email": Allowed("email__iexact"),
        "persona": Allowed("persona", choices=tuple(Persona.values)),
        "status": Allowed("status", choices=tuple(Contact.Status.values)),
    }

    def make(self, values: dict[str, Any]) -> Contact:
        return create_contact(actor=self.user, **values)

    def change(self, row: Contact, version: int, values: dict[str, Any]) -> None:
        edit_contact(actor=self.user, contact=row, version=version, **values)


class SubscriptionViewSet(FactsViewSet):
    """Contracts; ARR is null for department members."""

    model = Subscription
    serializer_class = SubscriptionSerializer
    related = ("account", "product")
    allowed_filters = OF_ACCOUNT | {
        "status": Allowed("status", choices=tuple(Subscription.Status.values)),
        "product": Allowed("product__code"),
        "renews_before": Allowed("renews_on__lt", "day"),
        "renews_after": Allowed("renews_on__gt", "day"),
        "is_trial": Allowed("is_trial", "flag"),
    }

    def make(self, values: dict[str, Any]) -> Subscription:
        return create_subscription(actor=self.user, **values)

    def change(self, row: Subscription, version: int, values: dict[str, Any]) -> None:
        edit_subscription(actor=self.user, subscription=row, version=version, **values)


class TouchpointViewSet(FactsViewSet):
    """Contacts with customers."""

    model = Touchpoint
    serializer_class = TouchpointSerializer
    related = ("account",)
    allowed_filters = {
        "account": Allowed("account", "id"),
        "kind": Allowed("kind", choices=tuple(Touchpoint.Kind.values)),
        "contact": Allowed("participants__contact", "id"),
        "since": Allowed("occurred_at__gte", "moment"),
        "until": Allowed("occurred_at__lt", "moment"),
    }

    def get_queryset(self) -> Any:
        return super().get_queryset().prefetch_related("contacts")

    def make(self, values: dict[str, Any]) -> Touchpoint:
        return log_touchpoint(actor=self.user, **values)

    def change(self, row: Touchpoint, version: int, values: dict[str, Any]) -> None:
        edit_touchpoint(actor=self.user, touchpoint=row, version=version, **values)


class TicketViewSet(FactsViewSet):
    """Support tickets."""

    model = Ticket
    serializer_class = TicketSerializer
    related = ("account",)
    allowed_filters = OF_ACCOUNT | {
        "priority": Allowed("priority", choices=tuple(Ticket.Priority.values)),
        "is_open": Allowed("closed_at__isnull", "flag"),
        "opened_after": Allowed("opened_at__gt", "moment"),
    }

    def make(self, values: dict[str, Any]) -> Ticket:
        return create_ticket(actor=self.user, **values)

    def change(self, row: Ticket, version: int, values: dict[str, Any]) -> None:
        edit_ticket(actor=self.user, ticket=row, version=version, **values)


class FactViewSet(FactsViewSet):
    """What is known about accounts, by name, with history. Facts are added, never changed."""

    model = Fact
    serializer_class = FactSerializer
    related = ("definition",)
    allowed_filters = {
        "account": Allowed("account", "id"),
        "name": Allowed("definition__name"),
        "is_current": Allowed("is_current", "flag"),
        "observed_after": Allowed("observed_at__gt", "moment"),
    }

    def make(self, values: dict[str, Any]) -> Fact:
        account = values["account"]
        if not Account.objects.editable_by(self.user).filter(pk=account.pk).exists():
            raise PermissionDenied("You cannot change this account.")
        name = values["definition"]["name"]
        row = FactRow(account.pk, name, values["value"], values.get("observed_at") or now())
        try:
            push_facts(owner="api", rows=[row])
        except WrongOwner as error:
            raise ValidationError({"name": [str(error)]}) from error
        rows = Fact.objects.filter(account=account, definition__name=name, observed_at__lte=row.observed_at)
        return rows.order_by("-observed_at", "-pk")[0]
