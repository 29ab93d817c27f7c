"""A contact list and nothing else: people, and the companies that they work for."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import Account, AccountExternalId, AccountSummary, Contact, ImportRow
from accounts.services.import_kinds.contacts import ContactsKind
from accounts.services.imports.records import Draft
from accounts.services.imports.references import find_accounts, find_accounts_by_domain
from accounts.services.imports.registry import Context

# Mail providers of the public: an address there tells nothing about a company.
PUBLIC_DOMAINS = frozenset(
    (
        *(
            "gmail.com",
            "googlemail.com",
            "outlook.com",
            "hotmail.com",
            "live.com",
            "msn.com",
            "yahoo.com",
            "icloud.com",
        ),
        *("me.com", "aol.com", "gmx.de", "gmx.net", "web.de", "proton.me", "protonmail.com", "mail.ru", "qq.com"),
        *(
            "163.com",
            "126.com",
            "sina.com",
            "yandex.ru",
            "hotmail.dk",
            "live.dk",
            "t-online.de",
            "orange.fr",
            "free.fr",
        ),
    )
)


class ContactListKind(ContactsKind):
    """Contacts whose accounts are made when nobody knows them: by the company column, else by the mail domain.

    Taking the import back hides the accounts that it made and that are empty then.
    """

    name = "contact_list"
    label = _lazy("Contact list")
    description = _lazy("People and the companies that they work for: all that is needed to begin with surveys.")

    def resolve(self, drafts: Sequence[Draft], context: Context) -> None:
        known = find_accounts((draft.row.get("account") or "" for draft in drafts), source=context.source)
        domains = find_accounts_by_domain(draft.row.get("email") or "" for draft in drafts)
        missing: dict[str, set[str]] = {}
        for draft in drafts:
            name, domain = company_of(draft)
            is_known = name in known if draft.row.get("account") else domain in domains
            if not name or is_known:
                continue
            if name not in missing:
                draft.flags.append(_("The account %(name)s is made.") % {"name": name})
            missing.setdefault(name, set()).add(domain)
            # From here on the row names its account.
            draft.row.values["account"] = name
        if not context.is_dry:
            make_accounts(missing, context)
            super().resolve(drafts, context)
            return
        super().resolve(drafts, context)
        for draft in drafts:
            if draft.row.get("account") in missing and draft.account_id is None:
                draft.error = ""

    def undo(self, rows: Sequence[ImportRow]) -> None:
        super().undo(rows)
        if not rows:
            return
        made = AccountExternalId.objects.filter(source=made_by(rows[0].run_id)).values("account")
        people = Contact.objects.filter(account=OuterRef("pk"))
        Account.objects.filter(~Exists(people), pk__in=made).update(deleted_at=timezone.now())


def company_of(draft: Draft) -> tuple[str, str]:
    """The name that the row gives the company, else the domain of its mail; and that domain, if it is a company's."""
    domain = (draft.row.get("email") or "").rpartition("@")[2].lower()
    domain = "" if domain in PUBLIC_DOMAINS else domain
    return (draft.row.get("account") or "").strip() or domain, domain


def make_accounts(missing: dict[str, set[str]], context: Context) -> None:
    """Customers with these names; a domain that one company alone has becomes its own."""
    made = [
        Account(name=name[:200], domains=sorted(filter(None, domains))[:5] if len(domains) == 1 else [])
        for name, domains in missing.items()
    ]
    Account.objects.bulk_create(made)
    AccountSummary.objects.bulk_create([AccountSummary(account=one) for one in made])
    AccountExternalId.objects.bulk_create(
        [AccountExternalId(account=one, source=made_by(context.run_id), external_id=one.name[:120]) for one in made]
    )


def made_by(run_id: int) -> str:
    """The source under which a run remembers the accounts that it made."""
    return f"contact_list:{run_id}"
