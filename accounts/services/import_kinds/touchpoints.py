"""Calls, meetings, mails and notes from another system."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import Touchpoint, TouchpointContact
from accounts.services.imports.records import Draft, RecordKind, filled, row_hash
from accounts.services.imports.references import account_field, find_contacts, find_users, resolve_accounts
from accounts.services.imports.registry import Context, Field
from accounts.services.touchpoints import refresh_silence, usual_direction

_PLAIN = (
    *("outcome", "valence", "subject", "body", "minutes", "asks_for", "due_on", "got_it_at", "awaiting_reply_since"),
    *("replied_at", "is_proactive", "is_private", "is_automated"),
)


class TouchpointsKind(RecordKind):
    """Without an id in the source a row is known by all that it says."""

    name = "touchpoints"
    label = _lazy("Touchpoints")
    description = _lazy("Calls, meetings, mails, notes and the like, with who took part and what was asked for.")
    model = Touchpoint
    owned = frozenset({"participants"})
    declared = (
        Field("external_id", _lazy("Id in the source"), max_length=120, aliases=("activity_id", "id", "touchpoint_id")),
        account_field(is_required=True),
        Field(
            "kind",
            _lazy("Kind"),
            "choice",
            is_required=True,
            choices=tuple(Touchpoint.Kind.choices),
            words=(("email", "mail"), ("phone", "call"), ("e-mail", "mail"), ("demo", "meeting"), ("webinar", "event")),
            aliases=("type", "activity_type", "channel"),
        ),
        Field(
            "occurred_at",
            _lazy("When"),
            "moment",
            is_required=True,
            aliases=("date", "activity_date", "occurred_on", "timestamp", "time"),
        ),
        Field(
            "direction",
            _lazy("Direction"),
            "choice",
            choices=tuple(Touchpoint.Direction.choices),
            words=(("outbound", "out"), ("inbound", "in"), ("both", "two_way"), ("internal", "none")),
        ),
        Field("contacts", _lazy("Contacts (mail or id)"), "list", aliases=("contact", "participants", "attendees")),
        Field("outcome", _lazy("Outcome"), "choice", choices=tuple(Touchpoint.Outcome.choices), aliases=("result",)),
        Field(
            "valence",
            _lazy("Mood"),
            "choice",
            choices=tuple(Touchpoint.Valence.choices),
            words=(("good", "positive"), ("bad", "negative")),
            aliases=("mood", "sentiment"),
        ),
        Field("subject", _lazy("Subject"), max_length=200, aliases=("title",)),
        Field("body", _lazy("What was said"), aliases=("notes", "text", "description", "comment")),
        Field(
            "minutes",
            _lazy("Minutes"),
            "integer",
            minimum=0,
            maximum=1_000_000,
            aliases=("duration", "duration_minutes"),
        ),
        Field("asks_for", _lazy("What we ask for"), max_length=200, aliases=("next_step", "ask")),
        Field("due_on", _lazy("By when"), "date", aliases=("due", "due_date")),
        Field("got_it_at", _lazy("It came"), "moment"),
        Field("awaiting_reply_since", _lazy("Waiting for a reply since"), "moment"),
        Field("replied_at", _lazy("Replied"), "moment"),
        Field("is_proactive", _lazy("We started it, unasked"), "boolean", aliases=("proactive",)),
        Field("is_private", _lazy("Only for the success team"), "boolean", aliases=("private",)),
        Field("is_automated", _lazy("Automated"), "boolean", aliases=("automated",)),
        Field("logged_by", _lazy("Logged by (mail address)"), "email", aliases=("owner", "user", "csm")),
    )

    def resolve(self, drafts: Sequence[Draft], context: Context) -> None:
        resolve_accounts(drafts, context)
        people = find_users(draft.row.get("logged_by") or "" for draft in drafts)
        for draft in drafts:
            row = draft.row
            draft.key = row.get("external_id") or row_hash(row)
            draft.columns = {
                "kind": row.values["kind"],
                "occurred_at": row.values["occurred_at"],
                "direction": row.get("direction")
                or usual_direction(kind=row.values["kind"], outcome=row.get("outcome") or ""),
                **filled(Touchpoint, row, _PLAIN),
            }
            if "logged_by" in row.values:
                draft.columns["logged_by_id"] = people.get(row.get("logged_by") or "")
            if row.get("due_on") and not row.get("asks_for"):
                draft.columns["due_on"] = None
                draft.flags.append(_("A due date without what is asked for was left out."))

    def created(self, drafts: Sequence[Draft], context: Context) -> None:
        """Seat the people who took part, and note when each was last reached."""
        names = {name for draft in drafts for name in draft.row.get("contacts") or ()}
        known = find_contacts(drafts, names, source=context.source)
        seats: dict[tuple[int, int], TouchpointContact] = {}
        for draft in drafts:
            for name in draft.row.get("contacts") or ():
                contact_id = known.get((draft.account_id or 0, name.lower()))
                if contact_id is None:
                    draft.flags.append(_("No contact %(name)s at this account.") % {"name": name})
                else:
                    seat = TouchpointContact(touchpoint=draft.instance, contact_id=contact_id)
                    seats[draft.instance.pk, contact_id] = seat
        TouchpointContact.objects.bulk_create(seats.values())
        refresh_silence(contact_ids={contact_id for _pk, contact_id in seats})

    def undo_created(self, ids: Sequence[int]) -> None:
        seats = TouchpointContact.objects.filter(touchpoint__in=ids)
        people = set(seats.values_list("contact_id", flat=True))
        seats.delete()
        Touchpoint.everything.filter(pk__in=ids).delete()
        refresh_silence(contact_ids=people)
