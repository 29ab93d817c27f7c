"""Support tickets."""

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import Ticket
from accounts.services.imports.records import Draft, RecordKind, filled
from accounts.services.imports.references import account_field, find_contacts, resolve_accounts
from accounts.services.imports.registry import Context, Field

_PLAIN = (
    *("subject", "body", "priority", "agent", "first_response_at", "closed_at"),
    *("reopened_count", "is_escalated", "satisfaction"),
)


class TicketsKind(RecordKind):
    name = "tickets"
    label = _lazy("Tickets")
    description = _lazy("Support tickets: priority, times, satisfaction.")
    model = Ticket
    declared = (
        Field(
            "external_id",
            _lazy("Number"),
            is_required=True,
            max_length=120,
            aliases=("ticket_id", "id", "ticket_number", "case_number", "case_id"),
        ),
        account_field(is_required=True),
        Field(
            "contact", _lazy("Contact (mail or id)"), max_length=254, aliases=("contact_email", "requester", "email")
        ),
        Field("subject", _lazy("Subject"), max_length=200, aliases=("title", "summary")),
        Field("body", _lazy("Description"), aliases=("text", "description", "details")),
        Field(
            "priority",
            _lazy("Priority"),
            "choice",
            choices=tuple(Ticket.Priority.choices),
            words=(
                *(("urgent", "p1"), ("critical", "p1"), ("blocker", "p1"), ("1", "p1")),
                *(("high", "p2"), ("major", "p2"), ("2", "p2")),
                *(("medium", "p3"), ("normal", "p3"), ("3", "p3")),
                *(("low", "p4"), ("minor", "p4"), ("trivial", "p4"), ("4", "p4")),
            ),
            aliases=("severity", "urgency"),
        ),
        Field("agent", _lazy("Agent"), max_length=120, aliases=("assignee", "owner")),
        Field(
            "opened_at",
            _lazy("Opened"),
            "moment",
            is_required=True,
            aliases=("submitted_at", "created_at", "created", "opened", "open_date"),
        ),
        Field("first_response_at", _lazy("First response"), "moment", aliases=("first_reply_at", "responded_at")),
        Field("closed_at", _lazy("Closed"), "moment", aliases=("resolved_at", "solved_at", "closed")),
        Field("reopened_count", _lazy("Times reopened"), "integer", minimum=0, maximum=30_000, aliases=("reopens",)),
        Field("is_escalated", _lazy("Escalated"), "boolean", aliases=("escalation_flag", "escalated")),
        Field(
            "satisfaction",
            _lazy("Satisfaction (1 to 5)"),
            "integer",
            minimum=1,
            maximum=5,
            aliases=("satisfaction_score", "csat", "rating"),
        ),
    )

    def resolve(self, drafts: Sequence[Draft], context: Context) -> None:
        resolve_accounts(drafts, context)
        people = find_contacts(drafts, (draft.row.get("contact") or "" for draft in drafts), source=context.source)
        for draft in drafts:
            row = draft.row
            draft.key = row.values["external_id"]
            draft.columns = {"opened_at": row.values["opened_at"], **filled(Ticket, row, _PLAIN)}
            if "contact" in row.values:
                who = (row.get("contact") or "").lower()
                draft.columns["contact_id"] = people.get((draft.account_id or 0, who))
                if who and draft.columns["contact_id"] is None:
                    draft.flags.append(_("No contact %(name)s at this account.") % {"name": row.get("contact")})
            self._check_times(draft)

    def _check_times(self, draft: Draft) -> None:
        opened: dt.datetime = draft.row.values["opened_at"]
        closed, answered = draft.row.get("closed_at"), draft.row.get("first_response_at")
        if closed and closed < opened and not draft.error:
            draft.error = _("It was closed (%(closed)s) before it was opened (%(opened)s).") % {
                "closed": closed.date(),
                "opened": opened.date(),
            }
        if answered and answered < opened and not draft.error:
            draft.error = _("The first response is earlier than the ticket.")
        if answered and closed and answered > closed:
            draft.flags.append(_("The first response came after it was closed."))
