"""Customer companies."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import Account, AccountExternalId, AccountSummary, CustomField, ImportRow
from accounts.services.imports.mapping import custom_field
from accounts.services.imports.records import Draft, RecordKind, filled, write_changed
from accounts.services.imports.references import find_accounts, find_users, learn_segments
from accounts.services.imports.registry import Context, Field, Row

_TEXTS = ("industry", "country", "currency", "source", "intent", "desired_outcomes", "decision_context", "status")
_LISTS = ("tags", "domains")
_PLAIN = (*_TEXTS, *_LISTS, "signed_on", "intent_reviewed_on")


class AccountsKind(RecordKind):
    """Accounts are told apart by the id that they have in their source; without such a column by their name."""

    name = "accounts"
    label = _lazy("Accounts")
    description = _lazy("Customer companies: who they are, who looks after them, how they came.")
    model = Account
    owned = frozenset({"summary", "external_ids", "changes", "facts"})
    declared = (
        Field(
            "external_id",
            _lazy("Id in the source"),
            max_length=120,
            aliases=("account_id", "id", "customer_id", "company_id", "crm_id", "account number", "external id"),
            help=_lazy("Tells accounts apart when they are imported again; other files refer to it."),
        ),
        Field(
            "name",
            _lazy("Name"),
            is_required=True,
            max_length=200,
            aliases=("account_name", "account", "company", "company_name", "customer", "customer_name", "organisation"),
        ),
        Field("domains", _lazy("Mail domains"), "list", aliases=("domain", "website", "email_domain", "url")),
        Field(
            "segment",
            _lazy("Segment"),
            max_length=60,
            aliases=("tier", "plan_tier", "customer_tier"),
            help=_lazy("A segment that does not exist yet is made."),
        ),
        Field(
            "status",
            _lazy("Status"),
            "choice",
            choices=tuple(Account.Status.choices),
            words=(("active", "customer"), ("lost", "churned"), ("lead", "prospect"), ("former", "churned")),
        ),
        Field("industry", _lazy("Industry"), max_length=80, aliases=("sector", "vertical", "branch")),
        Field("country", _lazy("Country"), "country", aliases=("country_code", "billing_country", "land")),
        Field(
            "csm",
            _lazy("CSM (mail address)"),
            "email",
            aliases=("owner", "csm_email", "account_manager", "owner_email", "success_manager"),
        ),
        Field("tags", _lazy("Tags"), "list", aliases=("labels",)),
        Field("parent", _lazy("Parent account"), max_length=200, aliases=("parent_id", "parent_account", "group")),
        Field("currency", _lazy("Currency"), "currency", aliases=("currency_code",)),
        Field(
            "source", _lazy("How they found us"), max_length=80, aliases=("referral_source", "lead_source", "channel")
        ),
        Field(
            "signed_on",
            _lazy("Closed won on"),
            "date",
            aliases=("signup_date", "signed", "customer_since", "closed_won", "created", "start_date"),
        ),
        Field("intent", _lazy("Why they bought"), "choice", choices=tuple(Account.Intent.choices)),
        Field("desired_outcomes", _lazy("Desired outcomes"), aliases=("goals", "outcomes")),
        Field("decision_context", _lazy("Decision context")),
        Field("intent_reviewed_on", _lazy("Intent reviewed on"), "date"),
    )

    def fields(self) -> tuple[Field, ...]:
        """The account's own fields and the custom ones that are declared."""
        custom = CustomField.objects.values_list("key", "label", "type", "choices")
        return (*self.declared, *(custom_field(*row) for row in custom))

    def key_of(self, row: Row) -> str:
        return str(row.get("external_id") or row.get("name") or "")

    def resolve(self, drafts: Sequence[Draft], context: Context) -> None:
        self._declare_custom_fields(context)
        segments = learn_segments([draft.row.get("segment") or "" for draft in drafts], context)
        people = find_users(draft.row.get("csm") or "" for draft in drafts)
        parents = find_accounts((draft.row.get("parent") or "" for draft in drafts), source=context.source)
        for draft in drafts:
            row = draft.row
            draft.key = self.key_of(row)
            draft.columns = {"name": row.values["name"], **filled(Account, row, _PLAIN)}
            if domains := draft.columns.get("domains"):
                draft.columns["domains"] = [_domain_of(one) for one in domains]
            if "segment" in row.values:
                draft.columns["segment_id"] = segments.get((row.get("segment") or "").strip())
            if "csm" in row.values:
                draft.columns["csm_id"] = people.get(row.get("csm") or "")
                if row.get("csm") and draft.columns["csm_id"] is None:
                    draft.flags.append(_("Nobody here has the address %(mail)s: no CSM.") % {"mail": row.get("csm")})
            if row.get("parent"):
                draft.columns["parent_id"] = parents.get(row.get("parent"))
            if custom := {name[7:]: value for name, value in row.values.items() if name.startswith("custom.")}:
                draft.columns["custom"] = custom

    def find(self, drafts: Sequence[Draft], context: Context) -> dict[str, Any]:
        by_id = {draft.key for draft in drafts if draft.row.get("external_id")}
        ids = dict(
            AccountExternalId.objects.filter(source=context.source, external_id__in=by_id).values_list(
                "account_id", "external_id"
            )
        )
        found = {ids[one.pk]: one for one in self.locked(Account.everything.filter(pk__in=ids), context)}
        names = {draft.row.values["name"] for draft in drafts if draft.key not in found}
        namesakes: dict[str, list[Account]] = defaultdict(list)
        for one in self.locked(Account.objects.filter(name__in=names), context):
            namesakes[one.name].append(one)
        for draft in drafts:
            if draft.key in found:
                continue
            same = namesakes.get(draft.row.values["name"], [])
            if draft.row.get("external_id"):
                if same:
                    draft.flags.append(_("An account of this name is there already: merge them if they are one."))
            elif len(same) == 1:
                found[draft.key] = same[0]
            elif same:
                draft.flags.append(_("Several accounts have this name; a new one was made."))
        for draft in drafts:
            self._lay_over(draft, found.get(draft.key))
        return found

    def _lay_over(self, draft: Draft, found: Account | None) -> None:
        """Custom values are laid over the ones that are there; an unresolved parent leaves the old one."""
        draft.account_id = found.pk if found else None
        custom = draft.columns.pop("custom", None)
        if custom is not None:
            merged = {**(found.custom if found else {}), **{key: _json(value) for key, value in custom.items()}}
            draft.columns["custom"] = {key: value for key, value in merged.items() if value is not None}
        if draft.row.get("parent") and draft.columns.get("parent_id") in (None, found.pk if found else 0):
            draft.columns.pop("parent_id", None)

    def new(self, draft: Draft, context: Context) -> Account:
        return Account(**draft.columns)

    def created(self, drafts: Sequence[Draft], context: Context) -> None:
        AccountSummary.objects.bulk_create([AccountSummary(account=draft.instance) for draft in drafts])
        AccountExternalId.objects.bulk_create(
            [
                AccountExternalId(account=draft.instance, source=context.source, external_id=draft.key)
                for draft in drafts
                if draft.row.get("external_id")
            ]
        )
        for draft in drafts:
            draft.account_id = draft.instance.pk
            if draft.row.get("parent") and not draft.columns.get("parent_id"):
                draft.after = {**(draft.after or {}), "parent_name": draft.row.get("parent")}

    def finish(self, account_ids: Sequence[int], *, context: Context) -> list[str]:
        """Give parents that stood further down in the file to their children."""
        waiting = {
            int(row.account_ref): str((row.after or {})["parent_name"])
            for row in ImportRow.objects.filter(run_id=context.run_id, after__has_key="parent_name")
            if row.account_ref
        }
        known = find_accounts(waiting.values(), source=context.source)
        children = list(
            Account.everything.select_for_update(of=("self",), no_key=True)
            .filter(pk__in=waiting, parent=None)
            .order_by("pk")
        )
        ready = [child for child in children if known.get(waiting[child.pk]) not in (None, child.pk)]
        for child in ready:
            child.parent_id = known[waiting[child.pk]]
        write_changed(Account, ready, ["parent"])
        lost = sorted({name for name in waiting.values() if known.get(name) is None})
        return [_("Parents that no account is: %(names)s.") % {"names": ", ".join(lost[:20])}] if lost else []

    def undo_created(self, ids: Sequence[int]) -> None:
        Account.everything.filter(parent__in=ids).update(parent=None)

    def _declare_custom_fields(self, context: Context) -> None:
        if context.is_dry or not context.custom_fields or context.memo.get("custom_fields"):
            return
        CustomField.objects.bulk_create(
            [CustomField(key=key, position=100, **spec) for key, spec in context.custom_fields.items()],
            ignore_conflicts=True,
        )
        context.memo["custom_fields"] = True


def _domain_of(text: str) -> str:
    """`https://www.acme.com/about` is the domain acme.com."""
    host = text.strip().lower().partition("://")[2] or text.strip().lower()
    return host.partition("/")[0].partition("@")[2] or host.partition("/")[0].removeprefix("www.")


def _json(value: Any) -> Any:
    if value is None or isinstance(value, (bool, str, int)):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else float(value)
