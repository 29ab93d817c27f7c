"""People at the customer."""

from collections.abc import Sequence
from typing import Any

from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import Contact, ContactConsent, ContactExternalId, Persona
from accounts.services.imports.records import Draft, RecordKind, filled
from accounts.services.imports.references import account_field, find_accounts_by_domain, resolve_accounts
from accounts.services.imports.registry import Context, Field, Row

_PLAIN = ("email", "phone", "title", "persona", "language", "time_zone", "status", "strength", "left_on", "notes")

_CONSENT = ("contact_id", "purpose", "is_allowed")


class ContactsKind(RecordKind):
    """Told apart by the id in the source, else by mail address and account, else by name and account."""

    name = "contacts"
    label = _lazy("Contacts")
    description = _lazy("People at the customer: persona, address, language, and what they opted out of.")
    model = Contact
    one_of = (("name", "first_name", "last_name", "email"), ("account", "email"))
    owned = frozenset({"external_ids", "consents"})
    declared = (
        Field("external_id", _lazy("Id in the source"), max_length=120, aliases=("contact_id", "id", "person_id")),
        account_field(help=_lazy("Without it the domain of the mail address tells.")),
        Field("name", _lazy("Name"), max_length=160, aliases=("full_name", "contact_name", "contact")),
        Field("first_name", _lazy("First name"), max_length=80, aliases=("given_name", "firstname")),
        Field("last_name", _lazy("Last name"), max_length=80, aliases=("family_name", "surname", "lastname")),
        Field("email", _lazy("E-mail"), "email", aliases=("email_address", "mail", "e_mail")),
        Field("phone", _lazy("Phone"), max_length=40, aliases=("phone_number", "telephone", "mobile")),
        Field("title", _lazy("Job title"), max_length=120, aliases=("job_title", "position", "role_title")),
        Field(
            "persona",
            _lazy("Persona"),
            "choice",
            choices=tuple(Persona.choices),
            words=(("sponsor", "executive"), ("exec", "executive"), ("end user", "user"), ("buyer", "decision_maker")),
            aliases=("role", "contact_role"),
        ),
        Field("language", _lazy("Language"), max_length=10, aliases=("locale", "lang")),
        Field("time_zone", _lazy("Time zone"), max_length=64, aliases=("timezone",)),
        Field(
            "status",
            _lazy("Status"),
            "choice",
            choices=tuple(Contact.Status.choices),
            words=(("inactive", "left"), ("gone", "left"), ("bounce", "bounced")),
        ),
        Field("strength", _lazy("Relationship strength (1 to 5)"), "integer", minimum=1, maximum=5),
        Field("left_on", _lazy("Left on"), "date"),
        Field("notes", _lazy("Notes"), aliases=("comment",)),
        Field(
            "opted_out",
            _lazy("Opted out of mail"),
            "boolean",
            aliases=("opt_out", "unsubscribed", "do_not_contact", "has_opted_out_of_email"),
            help=_lazy("Yes refuses surveys, success mail and marketing; no changes nothing."),
        ),
    )

    def key_of(self, row: Row) -> str:
        if row.get("external_id"):
            return str(row.get("external_id"))
        account = row.get("account") or ""
        return f"{account}|{row.get('email') or _name_of(row)}".lower()

    def resolve(self, drafts: Sequence[Draft], context: Context) -> None:
        resolve_accounts(drafts, context)
        homeless = [draft for draft in drafts if not draft.row.get("account")]
        domains = find_accounts_by_domain(draft.row.get("email") or "" for draft in homeless)
        for draft in homeless:
            domain = (draft.row.get("email") or "").rpartition("@")[2]
            draft.account_id = domains.get(domain)
            if draft.account_id is None:
                draft.error = _("No account is named, and no single account has the mail domain %(domain)r.") % {
                    "domain": domain
                }
        for draft in drafts:
            row = draft.row
            name = _name_of(row)
            draft.columns = {"name": name, **filled(Contact, row, _PLAIN)}
            if not name and not draft.error:
                draft.error = _("It has neither a name nor a mail address.")
            if draft.columns.get("strength") is not None:
                draft.columns["strength_set_on"] = context.today
            draft.key = row.get("external_id") or f"{draft.account_id}|{row.get('email') or name}".lower()

    def find(self, drafts: Sequence[Draft], context: Context) -> dict[str, Any]:
        ids = dict(
            ContactExternalId.objects.filter(
                source=context.source, external_id__in=[draft.key for draft in drafts if draft.row.get("external_id")]
            ).values_list("contact_id", "external_id")
        )
        found = {ids[one.pk]: one for one in self.locked(Contact.everything.filter(pk__in=ids), context)}
        accounts = {draft.account_id for draft in drafts}
        emails = {draft.row.get("email") for draft in drafts if draft.row.get("email")}
        names = {draft.columns["name"] for draft in drafts if not draft.row.get("email")}
        by_mail = Contact.objects.filter(account__in=accounts).annotate(low=Lower("email")).filter(low__in=emails)
        mailed = {(one.account_id, one.email.lower()): one for one in self.locked(by_mail, context)}
        named = {
            (one.account_id, one.name): one
            for one in self.locked(Contact.objects.filter(account__in=accounts, name__in=names), context)
        }
        for draft in drafts:
            self._match(draft, found, mailed, named)
        return found

    def _match(self, draft: Draft, found: dict[str, Any], mailed: dict[Any, Any], named: dict[Any, Any]) -> None:
        """Who is not known by id may be known by address, or by name when there is neither."""
        email = draft.row.get("email")
        same = mailed.get((draft.account_id, email)) if email else None
        known = found.get(draft.key)
        if known is not None:
            if same is not None and same.pk != known.pk:
                draft.error = _("Another contact of the account has the address %(mail)s: merge the two.") % {
                    "mail": email
                }
            return
        if same is None and not email and not draft.row.get("external_id"):
            same = named.get((draft.account_id, draft.columns["name"]))
        if same is not None:
            found[draft.key] = same

    def compare(self, draft: Draft) -> bool:
        """A strength that is the same keeps the day on which it was set."""
        if draft.columns.get("strength") == draft.instance.strength:
            draft.columns.pop("strength_set_on", None)
        return super().compare(draft)

    def new(self, draft: Draft, context: Context) -> Contact:
        assert draft.account_id is not None
        return Contact(account_id=draft.account_id, **draft.columns)

    def linked(self, drafts: Sequence[Draft], context: Context) -> None:
        """Remember the id in the source, also of contacts that were known by their address, and new refusals."""
        ContactExternalId.objects.bulk_create(
            [
                ContactExternalId(contact=draft.instance, source=context.source, external_id=draft.key)
                for draft in drafts
                if draft.row.get("external_id")
            ],
            ignore_conflicts=True,
        )
        refused = {draft.instance.pk for draft in drafts if draft.row.get("opted_out")}
        latest = ContactConsent.objects.filter(contact__in=refused).order_by("recorded_at", "pk")
        known = {(pk, purpose): is_allowed for pk, purpose, is_allowed in latest.values_list(*_CONSENT)}
        ContactConsent.objects.bulk_create(
            [
                ContactConsent(contact_id=pk, purpose=purpose, is_allowed=False, source=f"import {context.run_id}")
                for pk in sorted(refused)
                for purpose in ContactConsent.Purpose.values
                if known.get((pk, purpose)) is not False
            ]
        )


def _name_of(row: Row) -> str:
    """The name, else first and last name, else the mail address."""
    full = row.get("name") or " ".join(part for part in (row.get("first_name"), row.get("last_name")) if part)
    return str(full or row.get("email") or "")
