"""Which customer the page is about from which a dialog was opened."""

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import Resolver404, resolve

from accounts.models import Account, Contact, Ticket, Touchpoint
from team.models import User
from ui.http import current_path, id_in
from voc.models import Feedback, Insight

# Pages that name their object by `pk`, and whose object hangs on an account.
BY_PK = {"insight": Insight, "feedback_page": Feedback}


def subject_of(request: HttpRequest, user: User) -> tuple[Account | None, Contact | None]:
    """The account (and person) of the page behind a dialog, or those named in the address; only visible ones."""
    names = {key: id_in(request.GET.get(key, "")) for key in ("account", "contact")}
    if not any(names.values()):
        names = _of_page(current_path(request), user)
    contact = Contact.objects.visible_to(user).select_related("account").filter(pk=names["contact"] or 0).first()
    if contact is not None:
        return contact.account, contact
    return Account.objects.visible_to(user).filter(pk=names["account"] or 0).first(), None


def _of_page(path: str, user: User) -> dict[str, int | None]:
    try:
        match = resolve(urlsplit(path).path)
    except Resolver404:
        return {"account": None, "contact": None}
    known = match.kwargs
    account = known.get("account_id")
    if account is None and "ticket_id" in known:
        account = _account_of(Ticket.objects.visible_to(user), known["ticket_id"])
    elif account is None and "touchpoint_id" in known:
        account = _account_of(Touchpoint.objects.visible_to(user), known["touchpoint_id"])
    elif account is None and match.url_name in BY_PK:
        account = _account_of(BY_PK[match.url_name].objects.visible_to(user), known["pk"])  # type: ignore[attr-defined]
    return {"account": account, "contact": known.get("contact_id")}


def _account_of(rows: object, pk: int) -> int | None:
    found: int | None = rows.filter(pk=pk).values_list("account", flat=True).first()  # type: ignore[attr-defined]
    return found
