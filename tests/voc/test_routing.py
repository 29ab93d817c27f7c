"""Routing rules: which one takes what, who answers, what they would have done, and every step taken back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.formulas.conditions import parse_conditions
from accounts.models import Account, Ticket
from team.clock import now, today
from team.models import Absence, ActionLog, Department, DepartmentMember, User
from team.services.undo import CannotUndo, undo_action
from tests.makers import make_account, make_contact, make_user
from tests.voc.makers import make_feedback, make_invitation, make_nps
from tests.voc.makers_routing import CRITIC, ask, make_rule
from voc.formulas.routing import Rule, choose_rule
from voc.models import Answer, Feedback, FeedbackTheme, Insight, Response, RoutingRule, Theme
from voc.selectors.questions import question_choices
from voc.selectors.routing import feedback_names, try_rules
from voc.services import routing_rules as services
from voc.services.defaults import ensure_default_routing
from voc.services.routing import route_feedback

pytestmark = pytest.mark.django_db


def about(*themes: str) -> dict[str, Any]:
    return ask("feedback.theme", "in", list(themes))


def rule_of(*match: dict[str, Any]) -> Rule:
    """A rule parsed against names without fixed choices."""
    names = {name.name: name for name in feedback_names() if name.name != "feedback.theme"}
    names["feedback.theme"] = next(name for name in feedback_names() if name.name == "feedback.theme")
    return Rule(parse_conditions(list(match), names))


@pytest.fixture
def themes(db: None) -> list[Theme]:
    return [Theme.objects.create(slug=slug, name=slug.title()) for slug in ("pricing", "bugs", "value")]


def said(account: Account, *slugs: str, **fields: Any) -> Feedback:
    """Understood feedback on these themes, strongest first."""
    fields.setdefault("score", 3)
    text = fields.pop("text", f"About {slugs}, number {Feedback.objects.count()}")
    feedback = make_feedback(account, text, contact=make_contact(account), **fields)
    for slug in slugs:
        FeedbackTheme.objects.create(feedback=feedback, theme=Theme.objects.get(slug=slug))
    return feedback


@pytest.mark.parametrize(
    ("order", "found", "chosen"),
    [
        (["pricing", "bugs"], ["bugs", "pricing"], (1, 0)),
        (["pricing", "bugs"], ["value", "pricing"], (0, 1)),
        (["bugs", "bugs"], ["bugs"], (0, 0)),
        (["bugs", ""], ["bugs"], (0, 0)),
        (["", "bugs"], ["value", "bugs"], (0, 0)),
        (["bugs", ""], [], (1, None)),
        (["bugs", ""], ["value"], (1, 0)),
        (["bugs"], ["value"], (None, None)),
    ],
    ids=["strongest", "next theme", "order", "last resort", "comes first", "no theme", "other theme", "nobody"],
)
def test_the_strongest_theme_decides_and_the_order_of_rules_only_settles_the_rest(
    themes: list[Theme], order: list[str], found: list[str], chosen: tuple[int | None, int | None]
) -> None:
    rules = [rule_of(about(slug)) if slug else rule_of(CRITIC) for slug in order]
    assert choose_rule(rules, {"feedback.is_detractor": True}, found) == chosen


@given(st.lists(st.sampled_from(["", "pricing", "bugs"]), max_size=6), st.permutations(["pricing", "bugs", "value"]))
def test_whatever_is_chosen_fits_and_nothing_is_left_that_would_fit(order: list[str], found: list[str]) -> None:
    for slug in ("pricing", "bugs", "value"):
        Theme.objects.get_or_create(slug=slug, defaults={"name": slug})
    rules = [rule_of(about(slug)) if slug else Rule(()) for slug in order]
    number, place = choose_rule(rules, {}, found)
    if number is None:
        assert all(slug and slug not in found for slug in order)
    elif order[number]:
        assert place is not None and found[place] == order[number]


def test_what_is_not_known_meets_no_condition(themes: list[Theme], csm: User) -> None:
    make_rule(match=[ask("feedback.score", "lte", 6)])
    account = make_account(csm=csm)
    assert route_feedback(feedback=said(account, "bugs", score=None)) is None
    assert route_feedback(feedback=said(account, "bugs", score=6)) is not None


def test_a_rule_asks_about_the_account_too(themes: list[Theme], csm: User) -> None:
    make_rule("Danish customers", "sales", conditions=[ask("account.country", "eq", "DK")])
    make_rule("The rest", "product")
    danish, other = make_account(csm=csm, country="DK"), make_account(csm=csm, country="CN")
    assert [route_feedback(feedback=said(one, "bugs")).department.slug for one in (danish, other)] == [  # type: ignore[union-attr]
        "sales",
        "product",
    ]


def test_a_rule_on_a_theme_that_went_takes_nothing_and_says_so(themes: list[Theme], csm: User, manager: User) -> None:
    make_rule("Gone", match=[about("gone")])
    make_rule("Off", is_active=False)
    assert route_feedback(feedback=said(make_account(csm=csm), "bugs")) is None
    client = Client()
    client.force_login(manager)
    page = client.get(reverse("routing_rules")).content.decode()
    assert "choose one of" in page


def member(name: str, department: Department) -> User:
    user = make_user(name=name, role="member")
    DepartmentMember.objects.create(user=user, department=department)
    return user


def test_members_answer_in_turn_and_the_csm_or_one_person_where_the_rule_says_so(
    themes: list[Theme], csm: User
) -> None:
    rule = make_rule(assign="in_turn")
    first, second = member("ann", rule.department), member("bo", rule.department)
    account = make_account(csm=csm)
    owners = [route_feedback(feedback=said(make_account(csm=csm), "bugs")).owner for _turn in range(3)]  # type: ignore[union-attr]
    assert owners == [first, second, first]

    RoutingRule.objects.update(assign="csm")
    assert route_feedback(feedback=said(account, "pricing")).owner == csm  # type: ignore[union-attr]

    RoutingRule.objects.update(assign="person", person=second)
    Absence.objects.create(user=second, deputy=first, starts_on=today(), ends_on=today())
    assert route_feedback(feedback=said(account, "value")).owner == first  # type: ignore[union-attr]


def test_who_is_away_is_passed_over_in_turn(themes: list[Theme], csm: User) -> None:
    rule = make_rule(assign="in_turn")
    first, second = member("ann", rule.department), member("bo", rule.department)
    Absence.objects.create(user=first, deputy=csm, starts_on=today(), ends_on=today())
    assert route_feedback(feedback=said(make_account(csm=csm), "bugs")).owner == second  # type: ignore[union-attr]


def test_a_trial_writes_nothing_and_its_sums_are_all_that_was_said(themes: list[Theme], csm: User) -> None:
    bugs = make_rule("Bugs", "product", match=[about("bugs")])
    first, second = make_account(csm=csm), make_account(csm=csm)
    for account in (first, first, second):
        said(account, "bugs", text=f"Crash {Feedback.objects.count()}")
    waits = said(first, "pricing")
    said(second, "value", score=10)
    make_feedback(first, "Nobody knows whose").__class__.objects.filter(text="Nobody knows whose").update(account=None)
    trial = try_rules([bugs])
    assert (trial.total, trial.routed, trial.unrouted, trial.praise, trial.without_account) == (6, 3, 1, 1, 1)
    assert trial.unrouted_ids == (waits.pk,)
    assert [(tally.feedback, tally.insights) for tally in trial.tallies] == [(3, 2)]
    assert not Insight.objects.exists()
    for feedback in Feedback.objects.filter(account__isnull=False):
        route_feedback(feedback=feedback)
    assert Insight.objects.count() == 2


def test_the_starter_rules_are_readable(csm: User, manager: User) -> None:
    ensure_default_routing()
    client = Client()
    client.force_login(manager)
    page = client.get(reverse("routing_rules")).content.decode()
    assert "nothing to ask about" not in page and "choose one of" not in page
    assert "Theme is one of" in page


def test_rules_are_added_moved_switched_and_deleted_and_each_step_is_taken_back(manager: User) -> None:
    first, second = make_rule("A"), make_rule("B")

    def names() -> list[tuple[str, bool]]:
        return list(RoutingRule.objects.order_by("position").values_list("name", "is_active"))

    steps: list[Callable[[], ActionLog | None]] = [
        lambda: services.move_rule(actor=manager, rule=second, up=True),
        lambda: services.switch_rule(actor=manager, rule=first, is_on=False),
        lambda: services.edit_rule(actor=manager, rule=second, name="C"),
        lambda: services.add_rule(actor=manager, name="D", department=first.department, match=[CRITIC]),
        lambda: services.delete_rule(actor=manager, rule=first),
    ]
    seen = [names()]
    actions: list[ActionLog] = []
    for step in steps:
        action = step()
        assert action is not None
        actions.append(action)
        seen.append(names())
    assert seen[-1] == [("C", True), ("D", True)]
    with pytest.raises(CannotUndo):
        undo_action(actor=manager, action=actions[0])
    for action, before in zip(reversed(actions), reversed(seen[:-1]), strict=True):
        assert undo_action(actor=manager, action=action)
        assert names() == before
    assert services.move_rule(actor=manager, rule=first, up=True) is None
    assert services.switch_rule(actor=manager, rule=first, is_on=True) is None


def test_only_admins_and_managers_change_rules(csm: User) -> None:
    with pytest.raises(PermissionDenied):
        services.delete_rule(actor=csm, rule=make_rule())
    assert RoutingRule.objects.count() == 1


def form_of(**fields: str) -> dict[str, str]:
    return {
        "name": "Loud ones",
        "department": str(make_rule("other").department_id),
        "assign": "nobody",
        "priority": "2",
        "is_active": "on",
        "match-0-name": "feedback.score",
        "match-0-operator": "lte",
        "match-0-value": "6",
        **fields,
    }


def test_a_rule_is_tried_from_the_form_without_being_saved_and_then_saved(
    themes: list[Theme], manager: User, csm: User
) -> None:
    said(make_account(csm=csm), "bugs", score=2)
    client = Client()
    client.force_login(manager)
    add = reverse("routing_rule_add")
    data = form_of()
    RoutingRule.objects.all().delete()
    tried = client.post(add, {**data, "try": "yes"})
    assert tried.status_code == 200
    assert "would have taken 1 of 1 pieces" in tried.content.decode()
    assert not RoutingRule.objects.exists()
    assert client.post(add, data).status_code == 302
    rule = RoutingRule.objects.get()
    assert rule.match == [{"name": "feedback.score", "operator": "lte", "value": 6}]

    bad = client.post(reverse("routing_rule", args=[rule.pk]), {**data, "assign": "person"})
    assert bad.status_code == 422
    assert "Choose who answers" in bad.content.decode()


def test_the_dry_run_shows_what_would_wait(themes: list[Theme], manager: User, csm: User) -> None:
    said(make_account(csm=csm), "pricing", text="Too dear for what it does", score=4)
    make_rule(match=[about("bugs")])
    client = Client()
    client.force_login(manager)
    page = client.get(reverse("routing_trial")).content.decode()
    assert "Too dear for what it does" in page


def test_a_rule_asks_which_question_was_answered(themes: list[Theme], csm: User, manager: User) -> None:
    version = make_nps(csm)
    key = f"{version.survey_id}:reason"
    assert key in dict(question_choices())
    RoutingRule.objects.all().delete()
    rule = make_rule("Reasons", "sales", match=[ask("feedback.question", "eq", key)])
    account = make_account(csm=csm)
    contact = make_contact(account)

    def answered(question: str, text: str) -> Feedback:
        invitation, _token = make_invitation(version, make_contact(account))
        response = Response.objects.create(
            version=version, invitation=invitation, account=account, contact=contact, state="confirmed",
            submitted_at=invitation.created_at,
        )  # fmt: skip
        Answer.objects.create(response=response, question_id=question, text=text)
        return make_feedback(account, text, contact=contact, response=response)

    asked, other = answered("reason", "It is too dear."), answered("gone", "Something else.")
    insight = route_feedback(feedback=asked)
    assert insight is not None
    assert (insight.rule, insight.department.slug, insight.base_priority) == (rule, "sales", 3)
    assert route_feedback(feedback=other) is None
    assert [tally.feedback for tally in try_rules([rule]).tallies] == [1]
    client = Client()
    client.force_login(manager)
    assert "What is the main reason?" in client.get(reverse("routing_rules")).content.decode()


def test_praise_goes_to_whom_it_names_or_who_had_the_ticket(themes: list[Theme], csm: User) -> None:
    rule = make_rule("Praise", "support", match=[], assign="csm")
    priya, tom = member("Priya Nair", rule.department), member("Tom Becker", rule.department)
    account = make_account(csm=csm)
    ticket = Ticket.objects.create(account=account, agent="tom becker", opened_at=now())

    def owner_of(text: str, score: int = 10, **fields: Any) -> User | None:
        insight = route_feedback(feedback=make_feedback(account, text, score=score, **fields))
        assert insight is not None
        return insight.owner

    assert owner_of("Priya stayed on the call until it worked.") == priya
    assert owner_of("Thanks to tom becker, and to Priya!") == tom
    assert owner_of("Solved within the hour.", source_system="ticket", external_id=str(ticket.pk)) == tom
    assert owner_of("Tomorrow all is well.") == csm
    assert owner_of("Priya never called back.", score=2) == csm


def test_the_starter_rules_reach_every_department(csm: User) -> None:
    ensure_default_routing()
    wanted = {
        "sales": ("handover", "expectation", "pricing"),
        "product": ("missing-feature", "usability", "bugs"),
        "support": ("support",),
        "success": ("adoption", "education", "relationship"),
        "marketing": ("reputation",),
        "finance": ("billing",),
    }
    for department, slugs in wanted.items():
        for slug in slugs:
            insight = route_feedback(feedback=said(make_account(csm=csm), slug, score=3))
            assert insight is not None
            assert insight.department.slug == department, slug
    for slug, department in (("reputation", "marketing"), ("value", "marketing"), ("support", "support")):
        praise = route_feedback(feedback=said(make_account(csm=csm), slug, score=10))
        assert praise is not None
        assert (praise.department.slug, praise.is_praise) == (department, True)
    sour = said(make_account(csm=csm), score=None, sentiment=-0.7, source="ticket")
    assert route_feedback(feedback=sour).department.slug == "support"  # type: ignore[union-attr]
