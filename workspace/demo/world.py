"""The demo world as a whole: who works at the vendor, which accounts exist, in which order all of it is written."""

import datetime as dt
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction

from accounts.models import Account, Contact, Fact, Product, Segment
from accounts.services.facts import FactRow, push_facts
from accounts.services.summaries import refresh_summaries
from engagement.models import Feature, UsageDay, UserDay
from engagement.services.defaults import ensure_default_scorecard
from engagement.services.rollups import rebuild_rollups
from lifecycle.services.defaults import ensure_default_journey
from team.clock import now, today
from team.models import Install, Role, User
from team.services.demo import ensure_demo_people
from voc.models import SurveyVersion
from voc.services.defaults import ensure_default_routing, ensure_default_survey
from workspace.demo import names, stories, usage
from workspace.demo.advocacy import write_advocacy, write_own_rules
from workspace.demo.books import write_books
from workspace.demo.budget import write_budget
from workspace.demo.courses import write_courses
from workspace.demo.deadlines import write_deadlines
from workspace.demo.events import write_events
from workspace.demo.facts import FactSheets, mail_of, segment_rows, write_account, write_tickets, write_touchpoints
from workspace.demo.feedback import write_feedback
from workspace.demo.inbox import write_inbox
from workspace.demo.initiatives import write_initiatives
from workspace.demo.invoices import write_invoices
from workspace.demo.journeys import write_journeys
from workspace.demo.library import write_library
from workspace.demo.links import write_links
from workspace.demo.mails import write_mails
from workspace.demo.movements import make_rates, move_revenue
from workspace.demo.own_measures import write_own_measures
from workspace.demo.plans import PlanSheets, finish_plans, settle_plans, write_plans
from workspace.demo.plays import write_plays
from workspace.demo.programme import write_programme
from workspace.demo.received import write_received
from workspace.demo.renewals import write_renewals
from workspace.demo.responses import write_responses
from workspace.demo.scorecards import write_scorecards
from workspace.demo.shape import Shape, draw_shape
from workspace.demo.sheets import Sheet, copy_lines, move_sequences, without_audit
from workspace.demo.surveys import make_surveys
from workspace.demo.talk import write_talk
from workspace.demo.troubles import answer_critics, draw_troubles, moods_of, plant_the_rest
from workspace.demo.understanding import write_understanding
from workspace.demo.use_cases import write_use_cases
from workspace.demo.voice import VoiceSheets, write_voice
from workspace.demo.waves import write_waves
from workspace.demo.work import WorkSheets, write_stages, write_tasks

CHUNK = 500
LARGE = 1_000  # from here on usage is written per week, not per day
HUGE = 20_000  # above it, only as far back as the measures look
OWN_BOOK = 48
COMPANY = "Lakeside Planning"
CONTACTS_LAST_SEEN = """
UPDATE accounts_contact SET last_two_way_at = seen.at
FROM (
    SELECT participant.contact_id, max(touch.occurred_at) AS at
    FROM accounts_touchpointcontact participant
    JOIN accounts_touchpoint touch ON touch.id = participant.touchpoint_id
    WHERE touch.direction = 'two_way' AND touch.account_id BETWEEN %s AND %s
    GROUP BY participant.contact_id
) seen
WHERE accounts_contact.id = seen.contact_id
"""


@dataclass(frozen=True)
class MadeWorld:
    """What was made; `planted`: the kinds of risk that each account without a story was given."""

    accounts: int
    first_account: int
    last_account: int
    rows: dict[str, int]
    planted: dict[int, frozenset[str]]


@contextmanager
def _unsynchronised() -> Iterator[None]:
    """No commit waits for the disk: a made-up world that a power cut takes is made again."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    try:
        yield
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("RESET synchronous_commit")


@_unsynchronised()
def make_world(*, accounts: int, seed: int, say: Callable[[int, int], None] = lambda done, total: None) -> MadeWorld:
    """Make a vendor with so many accounts. The same seed and day make the same world.

    Chunks of 500 accounts are one transaction each. `say(done, total)` hears of the progress.
    """
    day = today()
    ensure_demo_people()
    book = _make_vendor(accounts, seed)
    make_rates()
    facts = FactSheets(
        today=day,
        segment_ids=dict(Segment.objects.values_list("slug", "pk")),
        product_id=Product.objects.get_or_create(code="planner", defaults={"name": "Planner"})[0].pk,
    )
    version = ensure_default_survey()
    make_surveys()
    ensure_default_routing()
    work = WorkSheets(today=day, stages=list(ensure_default_journey().stages.all()))
    voice = VoiceSheets(today=day, version=version, owner_id=version.survey.owner_id)
    ensure_default_scorecard()
    plans = PlanSheets(today=day)
    sheets = [*facts.all(), *work.all(), *voice.all(), *plans.all()]
    step = 1 if accounts < LARGE else 7
    calendar = usage.Season(day, 182 if accounts <= HUGE else 98, step)
    people_calendar = usage.Season(day, 42 if accounts <= HUGE else 28, step)
    usage_sheet = _UsageSheet(_feature_ids())
    first = facts.account.next_id
    shapes = _draw_shapes(accounts, seed, book, day)
    done = known = 0
    made: dict[int, Shape] = {}
    while chunk := [shape for _, shape in zip(range(CHUNK), shapes, strict=False)]:
        _write_chunk(chunk, seed, facts, work, voice)
        for shape in chunk:
            write_plans(plans, seed, shape)
        _write_usage(chunk, seed, usage_sheet, calendar, people_calendar)
        _flush_chunk(chunk, sheets, usage_sheet)
        made |= {shape.account_id: shape for shape in chunk}
        done += len(chunk)
        if done >= 2 * known:
            refresh_statistics(sheets)
            known = done
        say(done, accounts)
    refresh_statistics(sheets)
    move_revenue(first=first, last=facts.account.next_id - 1, seed=seed, spared=len(stories.STORIES))
    write_journeys()
    _move_champion(first)
    finish_plans(book[0])
    write_renewals(today=day)
    write_library(seed=seed)
    write_plays(seed=seed)
    write_mails()
    write_received()
    write_events(seed=seed)
    write_use_cases(first=first)
    write_books(csm_id=book[0], today=day)
    _write_voices(seed=seed, first=first, version=version, shapes=made)
    _write_judging(seed=seed, csm_id=book[0])
    write_inbox(today=day)
    planted = {pk: frozenset(shape.planted) for pk, shape in made.items() if not shape.story}
    return MadeWorld(
        accounts, first, facts.account.next_id - 1, {sheet.table: sheet.written for sheet in sheets}, planted
    )


def _write_judging(*, seed: int, csm_id: int) -> None:
    """What the vendor measures by, beyond the pack and the default scorecard."""
    write_own_measures(seed=seed)
    write_scorecards(csm_id=csm_id, spared=len(stories.STORIES))


def _write_voices(*, seed: int, first: int, version: SurveyVersion, shapes: dict[int, Shape]) -> None:
    """What customers say, and what became of it: one line for each topic."""
    moods = moods_of(shapes)
    write_feedback(seed=seed, moods=moods)
    write_responses(seed=seed, nps=version, moods=moods)
    write_links(seed=seed, version=version)
    write_budget(seed=seed, first=first)
    write_waves(version=version)
    write_initiatives(seed=seed, moods=moods)
    write_understanding(seed=seed)
    write_advocacy(seed=seed)
    write_talk(seed=seed)
    write_deadlines(seed=seed)
    write_programme(seed=seed, moods=moods)
    write_own_rules()
    plant_the_rest(shapes)
    answer_critics(shapes)


def _make_vendor(accounts: int, seed: int) -> list[int]:
    """The vendor's name, segments and CSMs; returns the ids of those with a book, the demo CSM first."""
    Install.objects.filter(company=Install._meta.get_field("company").default).update(company=COMPANY)
    for position, (slug, name, touch, every) in enumerate(segment_rows()):
        Segment.objects.update_or_create(
            slug=slug, defaults={"name": name, "touch": touch, "touch_every_days": every, "position": position}
        )
    rng = random.Random(f"{seed}:vendor")
    wanted = max(3, min(400, accounts // 50))
    team: dict[str, str] = {}
    while len(team) < wanted:
        name, _ = names.make_person(rng, "en" if len(team) < 700 else "da")
        team[mail_of(name if mail_of(name) not in team else f"{name} {len(team)}")] = name
    known = set(User.objects.filter(email__in=team).values_list("email", flat=True))
    User.objects.bulk_create(
        [
            User(email=mail, name=name, role=Role.CSM, title="Customer success manager")
            for mail, name in team.items()
            if mail not in known
        ]
    )
    own = User.objects.get(email="csm@example.com").pk
    return [own, *User.objects.filter(email__in=team).order_by("email").values_list("pk", flat=True)]


def _draw_shapes(accounts: int, seed: int, book: list[int], day: dt.date) -> Iterator[Shape]:
    """One shape after the other; the first ones are the stories, in the demo CSM's book."""
    for number in range(accounts):
        rng = random.Random(f"{seed}:{number}")
        company = names.make_company(rng, number)
        csm_id = book[0] if number < OWN_BOOK else book[1 + number % (len(book) - 1)]
        shape = draw_shape(rng, number=number, company=company, csm_id=csm_id, today=day)
        if number < len(stories.STORIES):
            _tell_story(shape, stories.STORIES[number], day)
        else:
            draw_troubles(random.Random(f"{seed}:{number}:troubles"), shape)
        yield shape


def _tell_story(shape: Shape, story: stories.Story, day: dt.date) -> None:
    country = stories.COUNTRY_OF.get(story.slug)
    if country:
        language, zone = names.COUNTRIES[country]
        shape.company = names.Company(
            shape.company.name, shape.company.industry, country, language, zone, shape.company.domain
        )
    shape.story, shape.segment = story.slug, story.segment
    shape.seats = 240 if story.segment == "enterprise" else 64
    shape.arr = shape.arr.__class__(shape.seats * 520)
    shape.touch_every = 21 if story.segment == "enterprise" else 45
    shape.signed_on = day - dt.timedelta(days=640 + shape.number * 17)
    story.fix(shape, day)


def _write_chunk(chunk: list[Shape], seed: int, facts: FactSheets, work: WorkSheets, voice: VoiceSheets) -> None:
    for shape in chunk:
        rng = random.Random(f"{seed}:{shape.number}:rows")
        write_account(facts, rng, shape)
        write_touchpoints(facts, rng, shape)
        write_tickets(facts, rng, shape)
        stage, since = ("", None) if shape.story == "dark" else write_stages(work, rng, shape)
        step, step_on = write_tasks(work, rng, shape, contact="the champion")
        write_courses(facts, rng, shape)
        write_invoices(facts, random.Random(f"{seed}:{shape.number}:invoices"), shape)
        score, insights = write_voice(voice, rng, shape)
        facts.summary.add(
            account_id=shape.account_id,
            stage=stage,
            stage_entered_on=since,
            next_step=step,
            next_step_on=step_on,
            nps=score,
            open_insights=insights,
        )


class _UsageSheet:
    """usage_day and user_day rows; the database numbers them."""

    def __init__(self, feature_ids: list[int]) -> None:
        self.feature_ids = feature_ids
        self.usage: list[str] = []
        self.people: list[str] = []

    def flush(self) -> None:
        if self.usage:
            copy_lines(
                UsageDay._meta.db_table,
                ("account_id", "feature_id", "day", "events", "seconds", "errors", "users"),
                self.usage,
            )
        if self.people:
            copy_lines(UserDay._meta.db_table, ("account_id", "user_key", "day", "events"), self.people)
        self.usage, self.people = [], []


def _feature_ids() -> list[int]:
    """The demo product's features, in the order of `usage.NAMES`."""
    for name, (label, is_key, is_core, _share) in usage.FEATURES.items():
        Feature.objects.get_or_create(name=name, defaults={"label": label, "is_key": is_key, "is_core_action": is_core})
    found = dict(Feature.objects.filter(name__in=usage.NAMES).values_list("name", "pk"))
    return [found[name] for name in usage.NAMES]


def _write_usage(
    chunk: list[Shape], seed: int, sheet: _UsageSheet, calendar: usage.Season, people_calendar: usage.Season
) -> None:
    for shape in chunk:
        rng = np.random.default_rng([seed, shape.number])
        sheet.usage += usage.draw_usage(rng, shape, calendar, sheet.feature_ids)
        sheet.people += usage.draw_people(rng, shape, people_calendar)


def _flush_chunk(chunk: list[Shape], sheets: list[Sheet], usage_sheet: _UsageSheet) -> None:
    ids = [shape.account_id for shape in chunk]
    moment = now()
    with transaction.atomic():
        with without_audit(sheets):
            for sheet in sheets:
                sheet.flush()
        usage_sheet.flush()
        rebuild_rollups(account_ids=ids)
        move_sequences(sheets)
        with connection.cursor() as cursor:
            cursor.execute(CONTACTS_LAST_SEEN, [min(ids), max(ids)])
        refresh_summaries(account_ids=ids)
        settle_plans(ids)
        scores = Account.objects.filter(pk__in=ids, summary__nps__isnull=False).values_list("pk", "summary__nps")
        push_facts(owner="voc", rows=[FactRow(pk, "nps", score, moment) for pk, score in scores])


def refresh_statistics(sheets: list[Sheet]) -> None:
    """Tell the planner how large the tables are by now: autovacuum comes too late for what is written in one go."""
    tables = [sheet.table for sheet in sheets] + [model._meta.db_table for model in (UsageDay, UserDay, Fact)]
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(connection.ops.quote_name(table) for table in tables)}")


def tidy_up() -> None:
    """What autovacuum would do over the next hour, so that the first readers of a large world do not pay for it."""
    if not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE, SKIP_LOCKED)")


def _move_champion(first: int) -> None:
    """The champion of the story appears at the customer next door, with the history that links both."""
    left = (
        Contact.objects.filter(account__gte=first, status=Contact.Status.LEFT, persona="champion")
        .order_by("pk")
        .first()
    )
    if left is None:
        return
    target = Account.objects.filter(pk__gt=left.account_id).order_by("pk").first()
    if target is None or Contact.objects.filter(previous=left).exists():
        return
    Contact.objects.create(
        account=target,
        name=left.name,
        email=left.email.split("@")[0] + "@" + target.domains[0],
        title=left.title,
        persona="champion",
        language=left.language,
        time_zone=left.time_zone,
        previous=left,
        strength=4,
        strength_set_on=today(),
    )
