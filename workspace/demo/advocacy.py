"""The demo's advocacy desk: two years of requests of which fewer come true lately, works, and rules of departments."""

import datetime as dt
import random
from decimal import Decimal

from accounts.models import Account, AccountGrant, Contact, Touchpoint, TouchpointContact
from team.clock import now, today
from team.models import Department, User
from voc.formulas.advocacy import quarter_of
from voc.models import AdvocacyRequest, AdvocacyWork, DepartmentRule, DepartmentRuleReview, Theme
from voc.selectors.department_rules import read_measure
from voc.services.advocacy.answering import push_advocacy_facts
from voc.services.advocacy.asking import SOURCE
from voc.services.advocacy.sweeping import adopt_references
from workspace.demo.stories import STORIES

# So many accounts were asked, however large the world is.
ACCOUNTS = 300
DAYS = 720
OPEN_DAYS = 21
KINDS = (
    AdvocacyRequest.Kind.REFERENCE,
    AdvocacyRequest.Kind.REFERENCE,
    AdvocacyRequest.Kind.REFERENCE,
    AdvocacyRequest.Kind.QUOTE,
    AdvocacyRequest.Kind.REVIEW,
    AdvocacyRequest.Kind.CASE_STUDY,
    AdvocacyRequest.Kind.WEBINAR,
)
PURPOSES = {
    AdvocacyRequest.Kind.REFERENCE: (
        "Prospect in logistics, 300 seats",
        "Prospect in retail, call of 30 minutes",
        "Analyst's interview",
    ),
    AdvocacyRequest.Kind.REVIEW: ("Review site, spring badge", "Review site, category page"),
    AdvocacyRequest.Kind.QUOTE: ("Home page", "Annual report"),
    AdvocacyRequest.Kind.CASE_STUDY: ("From sheets to one plan", "Planning in four plants"),
    AdvocacyRequest.Kind.WEBINAR: ("How we plan in nine days", "Panel at the user day"),
}
WORDS = {
    AdvocacyRequest.Answer.YES: (
        "Happy to, send me two dates.",
        "Of course. Please keep it to half an hour.",
        "Yes, our planner will join.",
    ),
    AdvocacyRequest.Answer.NO: (
        "Not while the export is as it is.",
        "Our legal team does not allow it.",
        "We would have to say that it took a year.",
    ),
    AdvocacyRequest.Answer.STALLED: ("Ask me again after the budget.", "I have to ask our communication first.", ""),
    AdvocacyRequest.Answer.NONE: ("",),
}
Review = tuple[int, str, str]
RULES: tuple[tuple[str, str, str, str, int, int, str, tuple[Review, ...]], ...] = (
    # Department, theme, measure, direction, days since, days to the next look, statement, reviews.
    ("product", "usability", "theme_volume", "down", 61, -6,
     "Each export is tried by two customers before it ships", ()),
    ("product", "bugs", "theme_volume", "down", 145, 18,
     "Nothing ships on a Friday, and never without a way back",
     ((61, "changes", "Releases got calmer, but Monday mornings did not: the way back was missing."),)),
    ("support", "support", "theme_sentiment", "up", 145, 24,
     "Whoever takes a ticket keeps it until it is closed",
     ((61, "keeps", "Fewer hand-overs of tickets. Nights are still thin."),)),
    ("sales", "pricing", "theme_volume", "down", 145, 51,
     "Every offer says what the next hundred seats will cost",
     ((110, "changes", "It said so in the small print. Now it is the second line."),
      (61, "keeps", "Hardly anybody is surprised by the second invoice any more."))),
    ("success", "education", "theme_volume", "down", 145, 12,
     "Every new team gets its first course within two weeks", ()),
    ("marketing", "", "account.nps", "up", 60, 30,
     "We ask nobody to speak for us whose last answer is below 9", ()),
    ("finance", "billing", "theme_volume", "down", 270, -20,
     "The invoice names the person who ordered",
     ((142, "keeps", "Two questions about names, both from one customer."),
      (20, "ends", "The billing system does it by itself now."))),
)  # fmt: skip


def write_advocacy(*, seed: int) -> int:
    """Requests with answers and touches, works; returns how many requests. Made once; in bulk."""
    if AdvocacyRequest.objects.exists():
        return 0
    rng = random.Random(f"{seed}:advocacy")
    marketing = Department.objects.get(slug="marketing")
    marketer = User.objects.filter(memberships__department=marketing).order_by("pk")[0]
    adopt_references()
    requests = _requests(rng, marketer)
    _grant(marketing, requests)
    _works(rng, marketer, marketing, requests)
    push_advocacy_facts(account_ids={request.account_id for request in requests})
    return len(requests)


def _requests(rng: random.Random, marketer: User) -> list[AdvocacyRequest]:
    """One or two for most accounts; the last two whole quarters go worse, and the last weeks wait for an answer."""
    people: dict[int, Contact] = {}
    accounts = list(Account.objects.order_by("pk").select_related("summary")[len(STORIES) :][:ACCOUNTS])
    for contact in Contact.objects.active().filter(account__in=accounts).order_by("account_id", "pk"):
        people.setdefault(contact.account_id, contact)
    rows: list[AdvocacyRequest] = []
    worse, running = quarter_of(today(), 2), quarter_of(today())
    for account in accounts:
        if account.pk not in people or rng.random() < 0.3:
            continue
        for kind in rng.sample(KINDS, k=rng.choice((1, 1, 2))):
            asked_on = today() - dt.timedelta(days=rng.randrange(2, DAYS))
            if account.signed_on and asked_on < account.signed_on:
                continue
            chance = 0.33 if worse <= asked_on < running else 0.62
            rows.append(
                _request(rng, people[account.pk], kind, asked_on=asked_on, account=account, chance=chance, by=marketer)
            )
    fresh = list({(one.account_id, one.kind): one for one in rows}.values())
    _touch(fresh)
    return AdvocacyRequest.objects.bulk_create(fresh, batch_size=1000)


def _request(
    rng: random.Random,
    contact: Contact,
    kind: AdvocacyRequest.Kind,
    *,
    asked_on: dt.date,
    account: Account,
    chance: float,
    by: User,
) -> AdvocacyRequest:
    score = account.summary.nps
    mood = 0.0 if score is None else (score - 7) / 20
    answer = ""
    if (today() - asked_on).days > OPEN_DAYS:
        drawn = rng.random()
        rest = (
            AdvocacyRequest.Answer.NO,
            AdvocacyRequest.Answer.STALLED,
            AdvocacyRequest.Answer.STALLED,
            AdvocacyRequest.Answer.NONE,
        )
        answer = AdvocacyRequest.Answer.YES if drawn < chance + mood else rng.choice(rest)
    warned = [{"code": "tickets", "words": "2 tickets are open."}] if account.summary.open_tickets > 1 else []
    return AdvocacyRequest(
        account=account,
        contact=contact,
        kind=kind,
        purpose=rng.choice(PURPOSES[kind]),
        asked_on=asked_on,
        answer_by=asked_on + dt.timedelta(days=14),
        answer=answer,
        reason=rng.choice(WORDS[AdvocacyRequest.Answer(answer)]) if answer else "",
        answered_on=min(today(), asked_on + dt.timedelta(days=rng.randrange(1, 18))) if answer else None,
        warned_of=warned,
        asked_by_id=by.pk if rng.random() < 0.5 else account.csm_id,
    )


def _touch(requests: list[AdvocacyRequest]) -> None:
    """The answers, and questions that wait, as touches on the timeline."""
    touches = []
    for number, one in enumerate(requests):
        if one.answer == AdvocacyRequest.Answer.NONE:
            continue
        is_open = not one.answer
        on = one.asked_on if is_open else one.answered_on or one.asked_on
        at = dt.datetime.combine(on, dt.time(10, number % 60), tzinfo=dt.UTC)
        touch = Touchpoint(
            account_id=one.account_id,
            kind=Touchpoint.Kind.REFERENCE,
            direction="out" if is_open else "in" if one.answer == AdvocacyRequest.Answer.STALLED else "two_way",
            outcome=one.answer,
            valence={AdvocacyRequest.Answer.YES: "positive", AdvocacyRequest.Answer.NO: "negative"}.get(
                AdvocacyRequest.Answer(one.answer), "neutral"
            )
            if one.answer
            else "neutral",
            subject=f"{'Asked' if is_open else 'Answer'}: {AdvocacyRequest.Kind(one.kind).label}",
            body=one.reason or one.purpose,
            occurred_at=at,
            asks_for=str(AdvocacyRequest.Kind(one.kind).label) if is_open else "",
            due_on=one.answer_by if is_open else None,
            awaiting_reply_since=at if is_open else None,
            is_proactive=True,
            logged_by_id=one.asked_by_id,
            source=SOURCE,
            external_id=f"demo:{number}",
        )
        touches.append(touch)
        one.touchpoint = touch
    Touchpoint.objects.bulk_create(touches, batch_size=1000)
    seats = [
        TouchpointContact(touchpoint=one.touchpoint, contact_id=one.contact_id)
        for one in requests
        if one.touchpoint is not None and one.contact_id
    ]
    TouchpointContact.objects.bulk_create(seats, batch_size=1000)


def _grant(marketing: Department, requests: list[AdvocacyRequest]) -> None:
    until = today() + dt.timedelta(days=365)
    young = today() - dt.timedelta(days=365)
    AccountGrant.objects.bulk_create(
        [
            AccountGrant(
                account_id=one.account_id,
                department=marketing,
                source_ref=f"advocacy:{one.pk}",
                reason=f"Asked for: {AdvocacyRequest.Kind(one.kind).label}",
                until=until,
            )
            for one in requests
            if one.asked_on > young
        ],
        ignore_conflicts=True,
    )


def _works(rng: random.Random, marketer: User, marketing: Department, requests: list[AdvocacyRequest]) -> None:
    """What came of a yes, and of the advocate's story; one may not be used much longer."""
    said_yes = [
        one
        for one in requests
        if one.answer == AdvocacyRequest.Answer.YES and one.kind != AdvocacyRequest.Kind.REFERENCE
    ][:24]
    works = [
        AdvocacyWork(
            account_id=one.account_id,
            request=one,
            kind=one.kind,
            title=one.purpose
            if one.kind in (AdvocacyRequest.Kind.CASE_STUDY, AdvocacyRequest.Kind.WEBINAR)
            else f"{AdvocacyRequest.Kind(one.kind).label}: {one.purpose}",
            url=f"https://www.example.com/customers/{one.pk}/" if rng.random() < 0.7 else "",
            published_on=min(today(), (one.answered_on or one.asked_on) + dt.timedelta(days=20)),
            ends_on=today() + dt.timedelta(days=rng.choice((12, 200, 400, -20))) if rng.random() < 0.5 else None,
            made_by=marketer,
        )
        for one in said_yes
    ]
    AdvocacyWork.objects.bulk_create(works)
    AccountGrant.objects.bulk_create(
        [
            AccountGrant(
                account_id=work.account_id,
                department=marketing,
                source_ref=f"advocacy_work:{work.pk}",
                reason=f"{AdvocacyRequest.Kind(work.kind).label}: {work.title}",
                until=work.ends_on,
            )
            for work in works
        ],
        ignore_conflicts=True,
    )


def write_own_rules() -> None:
    """Rules of departments with what was found on their days, from the tallies of the demo's own year. Made once."""
    if DepartmentRule.objects.exists():
        return
    themes = {theme.slug: theme for theme in Theme.objects.all()}
    for slug, theme, measure, direction, ago, ahead, statement, reviews in RULES:
        department = Department.objects.get(slug=slug)
        owner = department.lead or User.objects.filter(memberships__department=department).order_by("pk").first()
        began = now() - dt.timedelta(days=ago)
        about = themes.get(theme)
        has_ended = any(verdict == "ends" for _ago, verdict, _words in reviews)
        then = read_measure(measure=measure, theme=about, at=began)
        rule = DepartmentRule.objects.create(
            statement=statement,
            department=department,
            owner=owner,
            theme=about,
            measure=measure,
            direction=direction,
            baseline=then.decimal if about or then.value is None else round(Decimal(then.value) * Decimal("0.94"), 1),
            check_on=today() + dt.timedelta(days=ahead),
            state=DepartmentRule.State.ENDED if has_ended else DepartmentRule.State.IN_FORCE,
            ended_at=now() - dt.timedelta(days=reviews[-1][0]) if has_ended else None,
            made_by=owner,
        )
        DepartmentRule.objects.filter(pk=rule.pk).update(created_at=began)
        DepartmentRuleReview.objects.bulk_create(
            [
                DepartmentRuleReview(
                    rule=rule,
                    verdict=verdict,
                    words=words,
                    value=read_measure(measure=measure, theme=about, at=now() - dt.timedelta(days=days)).decimal,
                    reviewed_by=owner,
                    reviewed_at=now() - dt.timedelta(days=days),
                )
                for days, verdict, words in reviews
            ]
        )
