"""What they said and what became of it, what comes next, and who is who."""

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Contact, Subscription
from lifecycle.selectors.shared_plans import next_meeting_at, shared_tasks
from team.models import User
from ui import formats
from voc.models import Feedback, Insight
from voc.selectors.voice import voice_of
from workspace.formulas.decks import Choice
from workspace.formulas.slides import Bars, Block, Line, Number, Row, Slide, clip
from workspace.selectors.account import read_people
from workspace.selectors.commercial import read_commercial
from workspace.selectors.decks.proof import reviewed_goals
from workspace.selectors.decks.sources import HALF, TWO_HALVES, WHOLE, Source, has, more_words, room_for

QUOTES_SHOWN = 2
ANSWERS_SHOWN = 4
STEPS_SHOWN = 5
PEOPLE_SHOWN = 7
QUOTE_WIDTH = 130
# Words of these kinds may be ours: a note after a call is not the customer's own sentence.
NOTED = (Feedback.Source.CALL, Feedback.Source.MANUAL, Feedback.Source.IMPORT)


def voice_slide(source: Source, choice: Choice) -> Slide:
    """Answers by score in neutral words, quotes, and what we promised or did about them."""
    nps = voice_of(source.account).nps
    scores = has(choice, "scores") and nps.n
    rows = (
        Row(_("Gave 9 or 10"), nps.promoters),
        Row(_("Gave 7 or 8"), nps.passives),
        Row(_("Gave 0 to 6"), nps.detractors),
    )
    quotes = _quotes(source, choice) if has(choice, "quotes") else ()
    answers = _answers(source)
    most = room_for(choice, ANSWERS_SHOWN) - len(quotes)
    blocks = []
    if quotes:
        blocks.append(Block(_("What you told us"), quotes, is_quotes=True))
    if answers:
        blocks.append(Block(_("What we did"), answers[:most], more_words(len(answers) - most)))
    return Slide(
        "voice",
        _("What you told us and what we did"),
        chart=Bars(_("Answers by score"), f"NPS {formats.signed(nps.value)} · n {nps.n}", _("Answers"), rows)
        if scores
        else None,
        blocks=tuple(blocks),
        empty=_("Nobody was asked or said anything in this time."),
    )


def _quotes(source: Source, choice: Choice) -> tuple[Line, ...]:
    """The newest words of the time under review; without a name unless that was switched on."""
    said = Feedback.objects.filter(
        account=source.account, received_at__date__gte=source.since, received_at__date__lte=source.until
    ).exclude(text="")
    if not has(choice, "noted"):
        said = said.exclude(source__in=NOTED)
    rows = said.select_related("contact").order_by("-received_at", "-id")[:QUOTES_SHOWN]
    return tuple(Line(clip(row.text, QUOTE_WIDTH), _said_by(row, choice)) for row in rows)


def _said_by(row: Feedback, choice: Choice) -> str:
    name = row.contact.name if row.contact and has(choice, "names") else ""
    return " · ".join(part for part in (name, formats.day(row.received_at)) if part)


def _answers(source: Source) -> tuple[Line, ...]:
    """Promises and deeds from insights. SECURITY: titles and decision notes are ours and stay away."""
    state = Insight.State
    rows = Insight.objects.filter(account=source.account).filter(
        Q(state=state.ACCEPTED)
        | Q(state__in=[state.ACTED_ON, state.TOLD, state.VERIFIED], acted_at__date__gte=source.since)
    )
    lines = []
    for row in rows.order_by("-acted_at", "-id")[:40]:
        if row.action:
            day = formats.day(row.acted_at) if row.acted_at else ""
            word = _("You confirmed it") if row.state == state.VERIFIED else _("Done")
            lines.append(Line(clip(row.action, TWO_HALVES), day, word, "good"))
        elif row.promise and row.promised_on:
            lines.append(
                Line(clip(row.promise, TWO_HALVES), "", _("by %(day)s") % {"day": formats.day(row.promised_on)})
            )
    return tuple(lines)


def next_slide(source: Source, choice: Choice) -> Slide:
    """Meeting, shared tasks, goals that come due; the contract's day and amounts where chosen."""
    account = source.account
    running = read_commercial(account=account, user=source.user).running if has(choice, "amounts") else []
    width = HALF if running else WHOLE
    steps = [
        Line(clip(task.title, width), task.owner, formats.day(task.due_on) if task.due_on else "")
        for task in shared_tasks(account)
        if not task.is_done
    ]
    steps += [
        Line(clip(line.goal.title, width), line.goal.owner.name, formats.day(line.goal.due_on))
        for line in reviewed_goals(source)
        if line.goal.due_on and line.goal.state == "open" and line.goal.due_on >= source.until
    ]
    meeting = next_meeting_at(account)
    numbers = []
    if meeting:
        numbers.append(Number(_("We meet next"), formats.day(meeting)))
    if has(choice, "renewal") and account.summary.renews_on:
        numbers.append(Number(_("The contract renews"), formats.day(account.summary.renews_on)))
    most = room_for(choice, STEPS_SHOWN) - bool(running)
    blocks = []
    if steps:
        blocks.append(Block(_("Next steps"), tuple(steps[:most]), more_words(len(steps) - most)))
    if running:
        blocks.append(Block(_("What runs"), tuple(_contract_line(one) for one in running[:4])))
    return Slide(
        "next",
        _("Next steps"),
        numbers=tuple(numbers),
        blocks=tuple(blocks),
        empty=_("No step is shared yet: agree on the next three before the meeting ends."),
    )


def _contract_line(one: Subscription) -> Line:
    seats = _("%(seats)s seats") % {"seats": formats.number(one.seats)} if one.seats else ""
    return Line(str(one.product) if one.product else _("Contract"), seats, formats.money(one.arr, one.currency))


def people_slide(source: Source, choice: Choice) -> Slide:
    """Our CSM and owners; their active people by name and title. The role that we see them in is ours."""
    goals = reviewed_goals(source)
    csm = source.account.csm
    owners = {line.goal.owner_id: line.goal.owner for line in goals}
    ours = ([csm] if csm else []) + [owner for pk, owner in owners.items() if csm is None or pk != csm.pk]
    theirs = [one for one in read_people(source.account) if one.status != Contact.Status.LEFT]
    wanted = {line.goal.customer_owner_id for line in goals}
    theirs.sort(key=lambda one: one.pk not in wanted)
    blocks = []
    if ours:
        blocks.append(Block(_("Our side"), tuple(_our_line(one, csm, choice) for one in ours[:PEOPLE_SHOWN])))
    if theirs:
        lines = tuple(_their_line(one, choice) for one in theirs[:PEOPLE_SHOWN])
        blocks.append(Block(_("Your side"), lines, more_words(len(theirs) - PEOPLE_SHOWN)))
    return Slide("people", _("People"), blocks=tuple(blocks), empty=_("Nobody is named yet."))


def _our_line(one: User, csm: User | None, choice: Choice) -> Line:
    word = _("Customer success") if csm is not None and one.pk == csm.pk else _("Owner of a goal")
    address = one.email if has(choice, "addresses") else ""
    return Line(one.name, address, word)


def _their_line(one: Contact, choice: Choice) -> Line:
    return Line(one.name, one.title, one.get_persona_display() if has(choice, "personas") and one.persona else "")
