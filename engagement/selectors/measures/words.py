"""What values and opened rows are, in words."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from engagement.selectors.measures.kinds import Unit, Words
from lifecycle.formulas.handover import CHECKLIST
from lifecycle.formulas.trigger_kinds import RISKS
from ui import formats


def value_words(unit: Unit, raw: float | None) -> str:
    """A raw value as people read it: `63 %`, `12 days`, `× 0.85`; an en dash for nothing."""
    if raw is None:
        return formats.NOTHING
    if unit is Unit.SHARE:
        return formats.percent(raw)
    if unit is Unit.DAYS:
        days = round(raw)
        return ngettext("%(days)s day", "%(days)s days", days) % {"days": formats.number(days)}
    if unit is Unit.RATIO:
        return f"×\N{NARROW NO-BREAK SPACE}{formats.number(raw, 2)}"
    if unit is Unit.POINTS:
        return formats.number(raw, 1)
    return formats.number(raw, 0 if float(raw).is_integer() else 2)


WHAT: dict[str, Words] = {
    "answer": _("Answer"),
    "ask": _("We asked for"),
    "blocking_theme": _("Blocking theme"),
    "call": _("Call"),
    "chat": _("Chat"),
    "community": _("Community post"),
    "completion": _("Completed"),
    "contact": _("Person"),
    "course": _("Course completion"),
    "content": _("Sent content"),
    "criterion": _("Exit criterion"),
    "customer_since": _("Customer since"),
    "event": _("Event"),
    "feature": _("Feature"),
    "fact": _("Fact"),
    "field": _("Own field"),
    "known_feedback": _("Newest feedback"),
    "known_surveys": _("Last asked or answered"),
    "known_tickets": _("Tickets are known up to"),
    "known_touches": _("Touches are known up to"),
    "known_usage": _("Usage is known up to"),
    "known_users": _("Users are known up to"),
    "measure_value": _("Value from outside"),
    "feedback_call": _("Call note"),
    "feedback_chat": _("Chat"),
    "feedback_community": _("Community post"),
    "feedback_import": _("Imported feedback"),
    "feedback_link": _("Feedback link"),
    "feedback_mail": _("Mail"),
    "feedback_manual": _("Feedback"),
    "feedback_review": _("Review"),
    "feedback_social": _("Social post"),
    "feedback_survey": _("Survey comment"),
    "feedback_ticket": _("Ticket"),
    "first_value": _("First value reached"),
    "goal": _("Goal"),
    "intent": _("Reason why they bought"),
    "invitation": _("Invitation"),
    "invoice": _("Invoice"),
    "mail": _("Mail"),
    "news": _("News"),
    "note": _("Note"),
    "meeting": _("Meeting"),
    "outcomes": _("Desired outcomes"),
    "persona_champion": _("Champion"),
    "persona_decision_maker": _("Decision maker"),
    "persona_executive": _("Executive sponsor"),
    "persona_influencer": _("Influencer"),
    "persona_user": _("Day-to-day user"),
    "promise_broken": _("Promise broken"),
    "promise_kept": _("Promise kept"),
    "promise_late": _("Promise late"),
    "promise_released": _("Promise released"),
    "reference": _("Reference request"),
    "reference_no": _("Reference: no"),
    "reference_stalled": _("Reference: stalled"),
    "reference_yes": _("Reference: yes"),
    "review": _("Reviewed in the last 180 days"),
    "stage": _("Stage"),
    "subscription": _("Subscription"),
    "task_call": _("Task: call"),
    "task_mail": _("Task: mail"),
    "task_meeting": _("Task: meeting"),
    "task_todo": _("Task"),
    "ticket_p1": _("Ticket P1"),
    "ticket_p2": _("Ticket P2"),
    "ticket_p3": _("Ticket P3"),
    "ticket_p4": _("Ticket P4"),
    "usage_day": _("Day of use"),
    "use_case": _("Use case"),
    "user": _("User"),
    "waiting_for_value": _("Still waiting for first value"),
    **{f"handover_{item.name}": item.label for item in CHECKLIST},
    **{f"risk_{kind}": words for kind, words in RISKS},
}
