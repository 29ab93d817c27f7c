"""Initiatives: made, asked for, shipped, told to those who asked, measured."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import Contact, ContactSend, Touchpoint
from accounts.services.facts import FactRow, declare_fact, push_facts
from outbox.models import Message
from team.clock import now, today
from team.models import ActionLog, User
from team.services.undo import CannotUndo, undo_action
from tests.makers import make_account, make_contact, make_department
from tests.voc.makers import make_insight
from tests.voc.makers_initiatives import make_customers, make_initiative, say
from voc.models import Initiative, InitiativeEffect, InitiativeInsight, InitiativeTelling, Insight, Theme, Verification
from voc.selectors.initiatives import read_voters, with_weight
from voc.services.initiatives import telling
from voc.services.initiatives.asking import add_insights, add_vote, remove_insight
from voc.services.initiatives.forgetting import erase_asking
from voc.services.initiatives.measuring import work_out_due, work_out_effect
from voc.services.initiatives.settling import settle_shipped, settle_waiting
from voc.services.initiatives.texts import save_texts
from voc.services.initiatives.writing import (
    drop_initiative,
    edit_initiative,
    reopen_initiative,
    ship_initiative,
    start_initiative,
)
from voc.services.initiatives.writing import (
    make_initiative as begin_initiative,
)
from voc.services.insights import NotAllowedNow, Overtaken
from voc.services.loop import take_verdict

pytestmark = pytest.mark.django_db


def newest() -> ActionLog:
    return ActionLog.objects.latest("pk")


def shipped(actor: User, *insights: Insight, **fields: Any) -> Initiative:
    made = make_initiative(*insights, owner=actor, **fields)
    ship_initiative(actor=actor, initiative=made, shipped_on=today())
    settle_shipped(initiative=made)
    return made


def test_it_lives_and_each_step_is_taken_back(member: User, csm: User) -> None:
    with pytest.raises(PermissionDenied):
        begin_initiative(actor=csm, title="Export", department=make_department("product"))
    made = begin_initiative(actor=member, title=" Export ", department=make_department("product"), owner=member)
    assert made.title == "Export"
    edit_initiative(actor=member, initiative=made, target="Nobody complains", due_on=today(), version=1)
    made.refresh_from_db()
    with pytest.raises(Overtaken):
        edit_initiative(actor=member, initiative=made, target="Other", version=1)
    assert edit_initiative(actor=member, initiative=made, target="Nobody complains") is None
    undo_action(actor=member, action=newest())
    made.refresh_from_db()
    assert (made.target, made.due_on) == ("", None)
    start_initiative(actor=member, initiative=made)
    assert start_initiative(actor=member, initiative=made) is None
    with pytest.raises(NotAllowedNow):
        drop_initiative(actor=member, initiative=made, reason=" ")
    drop_initiative(actor=member, initiative=made, reason="Too dear")
    with pytest.raises(Overtaken):
        ship_initiative(actor=member, initiative=made, shipped_on=today())
    reopen_initiative(actor=member, initiative=made)
    undo_action(actor=member, action=newest())
    made.refresh_from_db()
    assert (made.state, made.drop_reason) == ("dropped", "Too dear")
    with pytest.raises(PermissionDenied):
        reopen_initiative(actor=csm, initiative=made)


def test_an_insight_asks_once_and_only_whoever_decides_adds_it(member: User, csm: User) -> None:
    insight = make_insight(make_account(csm=csm))
    foreign = make_insight(make_account(csm=csm), department="sales")
    first, second = make_initiative(), make_initiative(title="Other")
    add_insights(actor=member, initiative=first, insights=[insight.pk, foreign.pk])
    assert list(first.insights.all()) == [insight]
    assert add_insights(actor=member, initiative=second, insights=[insight.pk]) is None
    assert insight.steps.filter(text__contains="One click export").count() == 1
    remove_insight(actor=member, initiative=first, insight=insight.pk)
    removed = newest()
    add_insights(actor=member, initiative=second, insights=[insight.pk])
    with pytest.raises(CannotUndo):
        undo_action(actor=member, action=removed)
    undo_action(actor=member, action=newest())
    undo_action(actor=member, action=removed)
    assert InitiativeInsight.objects.get().initiative == first
    with pytest.raises(PermissionDenied):
        add_insights(actor=csm, initiative=first, insights=[insight.pk])


def test_votes_count_once_and_are_for_accounts_one_sees(member: User, csm: User, stranger: User) -> None:
    account = make_account(csm=csm, name="Acme")
    contact = make_contact(account, name="Ana")
    made = make_initiative(make_insight(account))
    add_vote(actor=csm, initiative=made, account=account, words="We need it")
    add_vote(actor=csm, initiative=made, account=account, contact=contact, words="We need it badly")
    assert add_vote(actor=csm, initiative=made, account=account, contact=contact, words="We need it badly") is None
    assert made.voters.get().words == "We need it badly"
    undo_action(actor=csm, action=newest())
    assert made.voters.get().words == "We need it"
    with pytest.raises(PermissionDenied):
        add_vote(actor=stranger, initiative=made, account=account)
    other = make_contact(make_account(csm=csm))
    with pytest.raises(NotAllowedNow):
        add_vote(actor=csm, initiative=made, account=account, contact=other)
    row: Any = with_weight(Initiative.objects.all()).get()
    assert row.voter_count == 1


def test_weight_counts_each_account_once_with_those_that_were_merged_in(admin: User, csm: User) -> None:
    one, two, three = (make_account(csm=csm) for _turn in range(3))
    for account, arr in ((one, 1_000), (two, 20_000), (three, 300_000)):
        account.summary.arr = arr
        account.summary.save()
    insight, merged = make_insight(one), make_insight(two)
    Insight.objects.filter(pk=merged.pk).update(state="merged", merged_into=insight)
    made = make_initiative(insight)
    for account in (one, three):
        add_vote(actor=admin, initiative=made, account=account)
    row: Any = with_weight(Initiative.objects.all()).get()
    assert (row.voter_count, row.weight, row.ask_count) == (3, 321_000, 1)
    assert [line.account for line in read_voters(initiative=made, user=admin).lines] == [three, two, one]


def test_sums_need_five_accounts_and_members_read_bands(member: User, admin: User, csm: User) -> None:
    accounts = [make_account(csm=csm) for _turn in range(5)]
    for account in accounts:
        account.summary.arr = 41_234
        account.summary.save()
    made = make_initiative(make_insight(accounts[0]))
    for account in accounts[1:4]:
        add_vote(actor=admin, initiative=made, account=account)
    seen = read_voters(initiative=made, user=member)
    assert (seen.count, seen.weight, seen.hidden) == (4, "–", 3)
    assert [line.arr for line in seen.lines] == ["$10K–$50K"]
    assert read_voters(initiative=made, user=admin).weight == "$165K"
    add_vote(actor=admin, initiative=made, account=accounts[4])
    assert read_voters(initiative=made, user=member).weight == "~$200K"


def test_when_it_ships_everybody_who_asked_gets_a_draft_in_their_language(member: User, csm: User) -> None:
    account = make_account(csm=csm, name="Acme")
    dane = make_contact(account, name="Dorte", language="da")
    gone = make_contact(account, name="Gone", status=Contact.Status.LEFT)
    insight = make_insight(account, contact=dane, text="Eksporten er langsom, ring 12 34 56 78")
    second = make_insight(make_account(csm=csm), state="accepted", promise="Soon", promised_on=today())
    made = make_initiative(insight, second, owner=member)
    save_texts(actor=member, initiative=made, texts={"da": ("For langsom", "Ét klik nu")}, is_public=False)
    add_vote(actor=csm, initiative=made, account=account, contact=gone)
    ship_initiative(actor=member, initiative=made, shipped_on=today())
    assert settle_shipped(initiative=made) == 5
    assert settle_shipped(initiative=made) == 0
    insight.refresh_from_db()
    assert (insight.state, insight.action) == ("acted_on", "Shipped: One click export")
    assert insight.decided_at is not None
    drafts = {one.contact.name: one for one in made.tellings.select_related("contact")}
    assert "Kære Dorte" in drafts["Dorte"].text
    assert "Ét klik nu" in drafts["Dorte"].text
    assert drafts["Dorte"].quote.startswith("Eksporten")
    assert (drafts["Gone"].state, drafts["Gone"].reason) == ("left_out", "Has left")
    save_texts(actor=member, initiative=made, texts={"da": ("For langsom", "Hurtigere nu")}, is_public=False)
    drafts["Dorte"].refresh_from_db()
    assert "Hurtigere nu" in drafts["Dorte"].text
    telling.edit_telling(actor=member, telling=drafts["Dorte"], text="My own words")
    save_texts(actor=member, initiative=made, texts={"da": ("For langsom", "Endnu hurtigere")}, is_public=False)
    drafts["Dorte"].refresh_from_db()
    assert drafts["Dorte"].text == "My own words"


def test_a_letter_goes_once_and_asks_whether_it_solved_it(member: User, csm: User) -> None:
    account = make_account(csm=csm)
    contact = make_contact(account, name="Ana")
    insight = make_insight(account, contact=contact, text="The export drops the filters.")
    made = shipped(member, insight)
    draft = made.tellings.get()
    assert telling.send_telling(actor=member, telling=draft)
    assert not telling.send_telling(actor=member, telling=draft)
    mail = Message.objects.get()
    assert "> The export drops the filters." in mail.body_text
    assert "Did this solve it?" in mail.body_text
    draft.refresh_from_db()
    assert (draft.state, draft.sent_by, draft.verification) == ("sent", member, Verification.objects.get())
    insight.refresh_from_db()
    assert insight.state == "told"
    assert take_verdict(verification=Verification.objects.get(), verdict="no")
    insight.refresh_from_db()
    assert insight.state == "reopened"
    # What came back stays open, whatever the sweep does.
    settle_waiting()
    insight.refresh_from_db()
    assert insight.state == "reopened"
    with pytest.raises(CannotUndo):
        undo_action(actor=member, action=ActionLog.objects.get(verb__startswith="Shipped"))


def test_who_asked_without_an_insight_is_told_without_a_question(manager: User, csm: User) -> None:
    account = make_account(csm=csm)
    made = make_initiative(owner=manager)
    add_vote(actor=csm, initiative=made, account=account, contact=make_contact(account), words="Please, a dark mode")
    ship_initiative(actor=manager, initiative=made, shipped_on=today())
    settle_shipped(initiative=made)
    assert telling.send_telling(actor=manager, telling=made.tellings.get())
    mail = Message.objects.get()
    assert "You told us: “Please, a dark mode”" in mail.body_text
    assert "Did this solve it?" not in mail.body_text
    assert (ContactSend.objects.count(), Touchpoint.objects.count(), Verification.objects.count()) == (1, 1, 0)


def test_all_are_sent_by_a_worker_once_the_number_is_typed(member: User, csm: User) -> None:
    made = shipped(member, *(make_insight(make_account(csm=csm)) for _turn in range(3)))
    with pytest.raises(NotAllowedNow):
        telling.queue_tellings(actor=member, initiative=made, expected=2)
    telling.leave_out(actor=member, telling=made.tellings.order_by("pk")[0], reason="I called her")
    assert telling.queue_tellings(actor=member, initiative=made, expected=2) == 2
    assert telling.send_queued() == 2
    assert telling.send_queued() == 0
    assert Message.objects.count() == 2
    assert sorted(made.tellings.values_list("state", flat=True)) == ["left_out", "sent", "sent"]


def test_who_may_not_any_more_sends_nothing(member: User, csm: User) -> None:
    made = shipped(member, make_insight(make_account(csm=csm)))
    telling.queue_tellings(actor=member, initiative=made, expected=1)
    member.memberships.all().delete()
    telling.send_queued()
    assert (made.tellings.get().state, Message.objects.count()) == ("draft", 0)


def test_who_cannot_be_told_by_now_is_left_out_with_the_reason(member: User, csm: User) -> None:
    account = make_account(csm=csm)
    contact = make_contact(account)
    made = shipped(member, make_insight(account, contact=contact))
    Contact.objects.filter(pk=contact.pk).update(status=Contact.Status.BOUNCED)
    draft = made.tellings.get()
    assert not telling.send_telling(actor=member, telling=draft)
    draft.refresh_from_db()
    assert (draft.state, draft.reason) == ("left_out", "Mail bounces")
    with pytest.raises(NotAllowedNow):
        telling.take_in(actor=member, telling=draft)
    Contact.objects.filter(pk=contact.pk).update(status=Contact.Status.ACTIVE)
    draft = made.tellings.get()
    assert telling.take_in(actor=member, telling=draft)
    assert telling.send_telling(actor=member, telling=draft)


def test_shipping_is_taken_back_as_a_whole_as_long_as_nobody_was_told(member: User, csm: User) -> None:
    insight = make_insight(make_account(csm=csm))
    made = make_initiative(insight, owner=member)
    ship_initiative(actor=member, initiative=made, shipped_on=today())
    action = newest()
    settle_shipped(initiative=made)
    undo_action(actor=member, action=action)
    made.refresh_from_db()
    insight.refresh_from_db()
    assert (made.state, made.shipped_on, insight.state) == ("planned", None, "accepted")
    assert not InitiativeTelling.objects.exists()
    with pytest.raises(NotAllowedNow):
        ship_initiative(actor=member, initiative=made, shipped_on=today() + dt.timedelta(days=1))


def test_texts_need_both_halves_and_a_public_one_words(member: User, csm: User) -> None:
    made = make_initiative()
    with pytest.raises(NotAllowedNow):
        save_texts(actor=member, initiative=made, texts={"en": ("Said", "")}, is_public=False)
    with pytest.raises(NotAllowedNow):
        save_texts(actor=member, initiative=made, texts={}, is_public=True)
    assert save_texts(actor=member, initiative=made, texts={"en": ("Said", "Done"), "da": ("S", "G")}, is_public=True)
    assert not save_texts(
        actor=member, initiative=made, texts={"en": ("Said", "Done"), "da": ("S", "G")}, is_public=True
    )
    assert save_texts(actor=member, initiative=made, texts={"en": ("Said", "Done")}, is_public=True)
    assert list(made.texts.values_list("language", flat=True)) == ["en"]
    with pytest.raises(PermissionDenied):
        save_texts(actor=csm, initiative=made, texts={}, is_public=False)


def test_before_and_after_of_those_who_asked_against_others_like_them(admin: User) -> None:
    theme = Theme.objects.create(slug="exports", name="Exports")
    day = today() - dt.timedelta(days=60)
    customers = make_customers(60)
    asked = customers[:14]
    made = make_initiative(theme=theme, state="shipped", shipped_on=day, fact="fact.seats_used")
    made.voters.bulk_create([made.voters.model(initiative=made, account=account) for account in asked])
    made.voters.update(added_at=now() - dt.timedelta(days=80))
    declare_fact(owner="test", name="seats_used", label="Seats")
    rows = []
    for number, account in enumerate(customers):
        is_asking = number < 14
        say(account, theme, days_ago=75, times=2, sentiment=-0.5)
        say(account, theme, days_ago=40, times=number % 2 if is_asking else 2 + number % 2, sentiment=0.5)
        rows.append(FactRow(account.pk, "seats_used", 10, now() - dt.timedelta(days=90)))
        rows.append(
            FactRow(account.pk, "seats_used", 20 + number % 3 if is_asking else 10, now() - dt.timedelta(days=30))
        )
    push_facts(owner="test", rows=rows)
    assert work_out_due() == 1
    assert work_out_due() == 0
    figures = InitiativeEffect.objects.get().figures
    measures = {one["name"]: one for one in figures["measures"]}
    volume = measures["theme_volume"]
    assert (figures["days"], volume["n"], volume["left_out"]) == (60, 14, 0)
    assert volume["is_claimed"]
    assert volume["low"] <= -2 <= volume["high"]
    assert measures["fact.seats_used"]["low"] > 9
    assert (measures["churn"]["difference"], measures["churn"]["n"]) == (None, 14)
    assert sum(asked for _week, asked, _others in figures["weeks"]) == pytest.approx(2.5)


def test_who_is_forgotten_leaves_no_words(member: User, csm: User) -> None:
    account = make_account(csm=csm)
    contact, other = make_contact(account), make_contact(account)
    made = shipped(member, make_insight(account, contact=other))
    made.voters.create(account=account, contact=contact, words="Please", added_by=csm)
    settle_shipped(initiative=made)
    erase_asking(contact_ids=[contact.pk])
    vote = made.voters.get()
    assert (vote.words, vote.contact) == ("", None)
    assert made.tellings.get().contact == other


def test_too_early_nothing_is_compared(admin: User) -> None:
    made = make_initiative(state="shipped", shipped_on=today() - dt.timedelta(days=20))
    assert not work_out_effect(initiative=made)
    assert work_out_due() == 0
