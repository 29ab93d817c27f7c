"""What an account did for us, for its page."""

from dataclasses import dataclass

from accounts.models import Account
from team.clock import today
from team.models import User
from voc.models import AdvocacyRequest, AdvocacyWork
from voc.selectors.advocacy.desk import may_open_desk

SHOWN = 5


@dataclass(frozen=True)
class AdvocacyCard:
    """The last requests with their answers, and what is in use."""

    requests: list[AdvocacyRequest]
    works: list[AdvocacyWork]
    may_ask: bool
    is_at_risk: bool


def advocacy_of(account: Account, user: User) -> AdvocacyCard | None:
    """The card; None for those whom the desk does not concern. Two queries, three for departments.

    The caller has checked that the account is visible; `account.summary` should be joined.
    """
    if not may_open_desk(user):
        return None
    requests = AdvocacyRequest.objects.filter(account=account).select_related("contact")
    works = AdvocacyWork.objects.filter(account=account).in_use(today())
    return AdvocacyCard(
        requests=list(requests.order_by("-asked_on", "-pk")[:SHOWN]),
        works=list(works.order_by("-published_on", "-pk")[:SHOWN]),
        may_ask=user.role != "viewer",
        is_at_risk=account.summary.health_band in AdvocacyWork.RISK_BANDS,
    )
