"""Words and addresses that only the pages across all apps need."""

import datetime as dt
from dataclasses import dataclass

from django.template import Library
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import Account, Contact
from ui.components.marks import icon
from ui.formats import signed
from workspace.formulas.lines import Line
from workspace.formulas.signals import Signal
from workspace.selectors.today import DayRow, last_working_day

register = Library()

CHANGE_ICONS = {
    "health": "activity",
    "answer": "smile",
    "feedback": "quote",
    "ticket": "ticket",
    "reply": "reply",
    "risk": "triangle-alert",
}


@dataclass(frozen=True, slots=True)
class LineActions:
    """Addresses of what can be done with a line; empty where it makes no sense."""

    done: str = ""
    snooze: str = ""
    log: str = ""
    snooze_target: str = "#popover"


@register.simple_tag
def line_url(line: Line) -> str:
    """The page behind a line of "Do next"."""
    found = line.found
    if found.kind == "insight":
        return reverse("insight", args=[found.ref])
    if found.account_id is None:
        return reverse("task_edit", args=[found.ref])
    return reverse("account", args=[found.account_id])


@register.simple_tag(takes_context=True)
def line_actions(context: dict[str, object], line: Line) -> LineActions:
    """What `e`, `h` and `l` do on this line."""
    found = line.found
    can_edit = getattr(context.get("user"), "can_edit", False)
    log = reverse("touchpoint_log", args=[found.account_id]) if found.account_id and can_edit else ""
    if found.kind == "task":
        return LineActions(reverse("task_complete", args=[found.ref]), reverse("task_snooze", args=[found.ref]), log)
    if found.kind == "account" and can_edit:
        done, snooze = (reverse(name, args=[found.account_id]) for name in ("suggestion_done", "suggestion_snooze"))
        return LineActions(done, snooze, log)
    if found.kind == "ask" and can_edit:
        got, snooze = (reverse(name, args=[found.ref]) for name in ("touchpoint_got", "ask_snooze"))
        return LineActions(got, snooze, log)
    # What is done waits for the customer to be told, not for a decision that could be put off.
    if found.kind == "insight" and found.why != "acted_on" and can_edit:
        return LineActions(snooze=reverse("insight_snooze", args=[found.ref]), log=log, snooze_target="#dialog")
    return LineActions(log=log)


@register.filter
def yesterday(day: dt.date) -> dt.date:
    """The day before, when that was a working day; else the last one before it."""
    return day - dt.timedelta(days=1) if last_working_day(day) == day - dt.timedelta(days=1) else dt.date.min


@register.simple_tag
def change_icon(change: DayRow) -> SafeString:
    """The sign of a kind of change."""
    return icon(CHANGE_ICONS[change.kind])


@register.simple_tag
def change_words(change: DayRow) -> str:
    """What changed, in words."""
    if change.kind == "health":
        return _("health %(points)s in 4 weeks") % {"points": signed(change.number)}
    if change.kind == "answer":
        return _("%(person)s answered %(score)s") % {
            "person": change.text or _("Somebody"),
            "score": round(change.number or 0),
        }
    if change.kind == "ticket":
        return _("opened a P%(priority)s ticket: %(subject)s") % {
            "priority": round(change.number or 4),
            "subject": change.text,
        }
    if change.kind == "risk":
        return _("risk: %(words)s") % {"words": change.text}
    if change.kind == "reply":
        return _("wrote: %(subject)s") % {"subject": change.text} if change.text else _("got in touch")
    return f"“{change.text}”"


@register.filter
def days_until(day: dt.date, today: dt.date) -> str:
    """A day seen from today, always in days: `in 262 d`."""
    days = (day - today).days
    if days < 0:
        return _("%(days)s d ago") % {"days": -days}
    return _("in %(days)s d") % {"days": days}


@register.simple_tag(takes_context=True)
def account_tab(context: dict[str, object], account: Account, tab: str) -> str:
    """The address of one tab of an account; the account page itself for a tab that the user may not open."""
    is_closed = tab == "commercial" and getattr(context.get("user"), "role", "") == "member"
    return reverse("account" if tab == "overview" or is_closed else f"account_{tab}", args=[account.pk])


@register.simple_tag
def signal_task_url(account: Account, signal: Signal) -> str:
    """The dialog for a task about a signal."""
    return f"{reverse('task_create')}?{urlencode({'account': str(account.pk), 'why': signal.text})}"


@register.simple_tag
def contact_url(contact: Contact) -> str:
    """The page of a contact."""
    return reverse("contact", args=[contact.pk])


@register.simple_tag
def contact_create_url(account: Account, persona: str) -> str:
    """The form for a new contact in a seat of the account."""
    return f"{reverse('contact_create', args=[account.pk])}?{urlencode({'persona': persona})}"
