"""Names and ids of other things in rows, found in bulk: one query per kind of reference and batch."""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models.functions import Lower
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import Account, AccountExternalId, Contact, ContactExternalId, Product, Segment
from accounts.services.imports.records import Draft
from accounts.services.imports.registry import Context, Field, Text
from team.models import User


def account_field(*, is_required: bool = False, help: Text = "") -> Field:
    """The column that says whose row it is; `find_accounts` reads it."""
    return Field(
        "account",
        _lazy("Account (id or name)"),
        is_required=is_required,
        max_length=200,
        aliases=(
            *("account_id", "customer_id", "company_id", "account_name", "customer", "company"),
            *("organisation", "organization"),
        ),
        help=help,
    )


def find_accounts(names: Iterable[str], *, source: str) -> dict[str, int | None]:
    """Account ids by what a row calls them: the id in this source, else in any one source, else the exact name.

    A name that several accounts share is None. Merged accounts lead to the one that was kept. Unknown names are absent.
    """
    wanted = {name for name in names if name}
    if not wanted:
        return {}
    found: dict[str, int | None] = {}
    elsewhere: dict[str, set[int]] = defaultdict(set)
    ids = AccountExternalId.objects.filter(external_id__in=wanted, account__deleted_at__isnull=True)
    for name, system, account_id in ids.values_list("external_id", "source", "account_id"):
        if system == source:
            found[name] = account_id
        elsewhere[name].add(account_id)
    for name, accounts in elsewhere.items():
        found.setdefault(name, next(iter(accounts)) if len(accounts) == 1 else None)
    found |= _by_name(wanted - set(found))
    return found


def _by_name(names: set[str]) -> dict[str, int | None]:
    if not names:
        return {}
    low: dict[str, set[int]] = defaultdict(set)
    rows = Account.objects.filter(name__in=names).values_list("name", "id")
    for name, account_id in rows:
        low[name].add(account_id)
    return {name: (next(iter(ids)) if len(ids) == 1 else None) for name, ids in low.items()}


def resolve_accounts(drafts: Sequence[Draft], context: Context, *, field: str = "account") -> None:
    """Give each draft its account, or say why not."""
    known = find_accounts((str(draft.row.get(field) or "") for draft in drafts), source=context.source)
    for draft in drafts:
        name = str(draft.row.get(field) or "")
        if not name or draft.error:
            continue
        account_id = known.get(name)
        if account_id is not None:
            draft.account_id = account_id
        elif name in known:
            draft.error = _("Several accounts are called %(name)r: give the account's id.") % {"name": name}
        else:
            draft.error = _("No account %(name)r: import the accounts first.") % {"name": name}


def find_users(emails: Iterable[str]) -> dict[str, int]:
    """User ids by mail address in small letters."""
    wanted = {email.lower() for email in emails if email}
    return dict(User.objects.filter(email__in=wanted).values_list("email", "id")) if wanted else {}


def find_contacts(drafts: Sequence[Draft], emails: Iterable[str], *, source: str) -> dict[tuple[int, str], int]:
    """Contact ids by (account, address or id in the source); addresses in small letters."""
    wanted = {email.lower() for email in emails if email}
    accounts = {draft.account_id for draft in drafts if draft.account_id}
    if not wanted or not accounts:
        return {}
    rows = Contact.objects.filter(account__in=accounts).annotate(low=Lower("email")).filter(low__in=wanted)
    found = {(account_id, low): pk for account_id, low, pk in rows.values_list("account_id", "low", "pk")}
    ids = ContactExternalId.objects.filter(source=source, contact__account__in=accounts)
    for account_id, name, pk in (
        ids.annotate(low=Lower("external_id"))
        .filter(low__in=wanted)
        .values_list("contact__account_id", "low", "contact_id")
    ):
        found.setdefault((account_id, name), pk)
    return found


def find_accounts_by_mail(emails: Iterable[str]) -> dict[str, int]:
    """Account ids by the address of a person, in small letters, where exactly one living account has it."""
    wanted = {email.lower() for email in emails if email}
    if not wanted:
        return {}
    found: dict[str, set[int]] = defaultdict(set)
    people = Contact.objects.filter(account__deleted_at__isnull=True).annotate(low=Lower("email"))
    for mail, pk in people.filter(low__in=wanted).values_list("low", "account_id"):
        found[mail].add(pk)
    return {mail: next(iter(ids)) for mail, ids in found.items() if len(ids) == 1}


def find_accounts_by_domain(emails: Iterable[str]) -> dict[str, int]:
    """Account ids by the domain of mail addresses, where exactly one account has it."""
    domains = {email.rpartition("@")[2].lower() for email in emails if "@" in email}
    if not domains:
        return {}
    found: dict[str, set[int]] = defaultdict(set)
    for pk, own in Account.objects.filter(domains__overlap=list(domains)).values_list("pk", "domains"):
        for domain in own:
            found[domain.lower()].add(pk)
    return {domain: next(iter(ids)) for domain, ids in found.items() if len(ids) == 1}


def learn_segments(names: Iterable[str], context: Context) -> dict[str, int | None]:
    """Segment ids by slug or name in small letters; unknown ones are made, in a dry run they are None."""
    return _learned(Segment, "slug", names, context)


def learn_products(names: Iterable[str], context: Context) -> dict[str, int | None]:
    """Product ids by code or name in small letters; unknown ones are made, in a dry run they are None."""
    return _learned(Product, "code", names, context)


def _learned(
    model: type[Segment] | type[Product], key: str, names: Iterable[str], context: Context
) -> dict[str, int | None]:
    wanted = {name.strip() for name in names if name and name.strip()}
    memo: dict[str, int | None] = context.memo.setdefault(f"learned.{key}", {})
    if any(name.casefold() not in memo for name in wanted):
        for pk, code, name in model._default_manager.values_list("pk", key, "name"):
            memo[code.casefold()] = memo[name.casefold()] = pk
    for name in sorted(wanted):
        if memo.get(name.casefold()) is None:
            memo[name.casefold()] = None if context.is_dry else _make(model, key, name)
            context.tally[_("New %(what)s: %(name)s.") % {"what": model._meta.verbose_name, "name": name}] = 0
    return {name: memo[name.casefold()] for name in wanted}


def _make(model: type[Segment] | type[Product], key: str, name: str) -> int:
    slug = slugify(name)[:50] or f"{model._meta.model_name}-{zlib.crc32(name.encode())}"
    made, _is_new = model._default_manager.get_or_create(**{key: slug}, defaults={"name": name[:60]})
    return int(made.pk)
