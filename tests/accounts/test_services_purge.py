"""What was deleted long ago goes for good."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import InternalError, connection, transaction
from django.db.models import CASCADE, PROTECT, SET_NULL, ManyToOneRel
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import (
    Account,
    AccountFile,
    ChurnEvent,
    Contact,
    ContactConsent,
    ContactSend,
    ImportRow,
    ImportRun,
    Merge,
    Ticket,
    Touchpoint,
)
from accounts.selectors.merges import survivor_id
from accounts.services.accounts import delete_account
from accounts.services.contacts import delete_contact
from accounts.services.merges import merge_accounts, merge_contacts
from accounts.services.purge import (
    purge_account_files,
    purge_accounts,
    purge_contacts,
    purge_merges,
    purge_tickets,
    purge_touchpoints,
)
from accounts.services.subscriptions import create_subscription
from accounts.services.touchpoints import edit_touchpoint, log_touchpoint, undo_edit_touchpoint
from outbox.models import Message
from team.models import ActionLog, User
from team.selectors.audit import audited_models
from tests.makers import make_account, make_contact, make_task
from tests.voc.makers import make_insight, make_invitation, make_nps
from voc.formulas.answers import AnswerValue
from voc.models import Answer, Feedback, Insight, InsightStep, Invitation, Response, Verification
from voc.services.loop import take_verdict, tell_customer
from voc.services.responses import follow_up_waiting, take_answers

LONG_AGO = timezone.now() - dt.timedelta(days=31)
BEFORE = timezone.now() - dt.timedelta(days=30)


def test_touches_and_tickets_deleted_long_ago_go_and_others_stay(csm: User) -> None:
    account = make_account(csm=csm)
    for deleted_at in (None, timezone.now(), LONG_AGO):
        values = {"account": account, "deleted_at": deleted_at}
        touchpoint = Touchpoint.objects.create(**values, kind="call", occurred_at=LONG_AGO)
        touchpoint.participants.create(contact=make_contact(account))
        Ticket.objects.create(**values, opened_at=LONG_AGO)
    assert (purge_touchpoints(before=BEFORE, limit=10), purge_tickets(before=BEFORE, limit=10)) == (1, 1)
    assert (purge_touchpoints(before=BEFORE, limit=10), purge_tickets(before=BEFORE, limit=10)) == (0, 0)
    assert (Touchpoint.everything.count(), Ticket.everything.count()) == (2, 2)


def test_a_file_goes_with_its_content(
    csm: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    kept = AccountFile(account=make_account(csm=csm), name="x.txt", size=1, content_type="text/plain", uploaded_by=csm)
    kept.deleted_at = LONG_AGO
    kept.file.save("x.txt", ContentFile(b"x"), save=False)
    kept.save()
    path = Path(kept.file.path)
    assert path.exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert purge_account_files(before=BEFORE, limit=10) == 1
    assert not path.exists()


@pytest.mark.django_db
def test_an_empty_house_has_nothing_to_throw_away() -> None:
    assert purge_account_files(before=BEFORE, limit=10) == 0


NOW = timezone.now() + dt.timedelta(hours=1)
SECRETS = ("Zebedee", "zebedee@quux.example", "carrot", "parsnip", "turnip", "leek")


def make_talker(csm: User, account: Account) -> Contact:
    """Somebody who left words everywhere: every one of SECRETS stands somewhere."""
    person = make_contact(
        account, name="Zebedee Quux", email="zebedee@quux.example", phone="carrot", title="carrot", notes="carrot"
    )
    ContactConsent.objects.create(contact=person, purpose="survey", is_allowed=True, source="form")
    version = make_nps(csm)
    invitation, _token = make_invitation(version, person)
    questions = [question["id"] for question in version.definition["questions"]]
    answers = {
        questions[0]: AnswerValue(number=Decimal(3)),
        questions[1]: AnswerValue(text="The carrot export drops filters."),
    }
    take_answers(invitation=invitation, answers=answers, doubts=[], language="en")
    follow_up_waiting()
    insight = make_insight(account, contact=person, text="A parsnip is missing.", state="acted_on", action="Fixed")
    verification = tell_customer(actor=csm, insight=insight, contact=person, text="Dear Zebedee, it is done.")
    take_verdict(verification=verification, verdict="no", comment="leek")
    Ticket.objects.create(account=account, contact=person, subject="turnip", body="turnip", opened_at=NOW)
    touch: dict[str, Any] = {"account": account, "contacts": [person], "occurred_at": NOW}
    log_touchpoint(actor=csm, kind="mail", direction="in", subject="turnip", body="turnip", **touch)
    log_touchpoint(actor=csm, kind="call", body="We went through the plan.", **touch)
    ContactSend.objects.create(contact=person, account=account, kind="personal", message_ref="m:1", sent_at=NOW)
    run = ImportRun.objects.create(kind="contacts", file_name="people.csv")
    ImportRow.objects.create(run=run, number=2, outcome="created", object_ref=f"contact:{person.pk}", raw=["Zebedee"])
    person.title = "leek"
    person.save()
    make_task(owner=csm, account=account, contact=person)
    return person


def trail_of(slug: str) -> Any:
    table: Any = audited_models()[slug]
    return table.objects.all()


def whole_database() -> str:
    """Every text in every table of ours, but for what a person did in the last 30 days."""
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if name != "team_actionlog"]
        texts = []
        for name in tables:
            cursor.execute(f'SELECT row_to_json(t)::text FROM "{name}" t')  # noqa: S608 names of our own tables
            texts += [f"{name} {row[0]}" for row in cursor.fetchall()]
    return "\n".join(texts)


def test_of_an_erased_person_no_text_is_left_and_the_figures_stay(csm: User) -> None:
    account = make_account(csm=csm)
    person = make_talker(csm, account)
    before = whole_database()
    assert [word for word in SECRETS if word not in before] == []
    delete_contact(actor=csm, contact=person)
    assert purge_contacts(before=NOW - dt.timedelta(days=1), limit=10) == 0
    assert purge_contacts(before=NOW, limit=10) == 1
    assert purge_contacts(before=NOW, limit=10) == 0
    left = whole_database()
    assert [line[:300] for line in left.splitlines() for word in SECRETS if word in line] == []
    assert not Contact.everything.exists()
    assert not (Invitation.objects.exists() or Verification.objects.exists())
    assert Response.objects.get().score == 3
    assert sorted(Feedback.objects.values_list("score", "text")) == [(3, ""), (3, "")]
    assert Answer.objects.exclude(number=None).count() == 1
    assert "We went through the plan." in left
    assert Touchpoint.objects.filter(direction="in").count() == 1
    assert InsightStep.objects.exists()
    assert {insight.title for insight in Insight.objects.all()} <= {"Ease of use", "Feedback"}
    assert trail_of("contact").filter(pgh_obj_id=person.pk).count() >= 3


def test_the_audit_still_refuses_everybody_else(csm: User) -> None:
    person = make_talker(csm, make_account(csm=csm))
    delete_contact(actor=csm, contact=person)
    purge_contacts(before=NOW, limit=10)
    with pytest.raises(InternalError, match="Cannot update or delete"), transaction.atomic():
        trail_of("contact").update(name="x")


def test_what_others_said_stays_in_a_shared_insight(csm: User) -> None:
    account = make_account(csm=csm)
    gone = make_contact(account, name="Zebedee")
    insight = make_insight(account, contact=gone, text="A parsnip is missing.")
    assert make_insight(account, text="Filters are lost.") == insight
    delete_contact(actor=csm, contact=gone)
    purge_contacts(before=NOW, limit=10)
    insight.refresh_from_db()
    assert (insight.title, insight.mentions) == ("Filters are lost", 2)
    assert insight.account.grants.get().reason == "Filters are lost"


def test_a_deleted_account_goes_with_all_that_hangs_on_it(
    csm: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    top, kept = make_account(csm=csm), make_account(csm=csm, name="Kept")
    child = make_account(csm=csm, parent=top)
    make_talker(csm, top)
    make_contact(kept)
    create_subscription(actor=csm, account=top, starts_on=NOW.date(), arr=10)
    ChurnEvent.objects.create(account=top, source="csv", external_id="1", churned_on=NOW.date())
    file = AccountFile(account=top, name="x.txt", size=1, content_type="text/plain", uploaded_by=csm)
    file.file.save("x.txt", ContentFile(b"x"), save=False)
    file.save()
    delete_account(actor=csm, account=top)
    with django_capture_on_commit_callbacks(execute=True):
        assert purge_accounts(before=NOW, limit=10) == 1
    assert purge_accounts(before=NOW, limit=10) == 0
    assert set(Account.everything.values_list("pk", flat=True)) == {kept.pk, child.pk}
    child.refresh_from_db()
    assert child.parent_id is None
    assert Contact.everything.get().account == kept
    assert not Path(file.file.path).exists()
    assert [word for word in SECRETS if word in whole_database()] == []
    assert not (Insight.objects.exists() or Feedback.objects.exists() or Touchpoint.everything.exists())
    assert set(Message.objects.values_list("recipient", "body_text")) <= {("", "")}
    assert trail_of("account").filter(pgh_obj_id=top.pk, pgh_label="delete").count() == 1


def test_an_account_is_purged_whatever_points_to_it(csm: User) -> None:
    """Each model of every app that points to an account or a contact can let go; new ones must not hold a purge up."""
    for model in (Account, Contact):
        for relation in model._meta.get_fields(include_hidden=True):
            if isinstance(relation, ManyToOneRel) and not hasattr(relation.related_model, "pgh_tracked_model"):
                assert relation.on_delete in {CASCADE, PROTECT, SET_NULL}, relation


def test_a_merged_pair_is_purged_and_the_old_address_still_leads_on(csm: User) -> None:
    keep, drop = make_account(csm=csm), make_account(csm=csm, name="Zebedee Ltd")
    person = make_talker(csm, drop)
    twin = make_contact(keep, email=person.email, name="Z")
    merge_accounts(actor=csm, keep=keep, drop=drop)
    assert purge_contacts(before=NOW, limit=10) == 1
    assert purge_accounts(before=NOW, limit=10) == 1
    assert purge_merges(before=NOW, limit=10) == 2
    assert purge_merges(before=NOW, limit=10) == 0
    assert (survivor_id(Account, drop.pk), survivor_id(Contact, person.pk)) == (keep.pk, twin.pk)
    assert set(Merge.objects.values_list("before__name", "after__name")) == {(None, None)}
    assert {one.text for one in Feedback.objects.filter(account=keep, contact=twin)} == {
        "A parsnip is missing.",
        "The carrot export drops filters.",
    }


def test_a_person_is_not_purged_while_somebody_brings_them_back(csm: User) -> None:
    people = [make_contact(make_account(csm=csm)) for _time in range(3)]
    for person in people:
        delete_contact(actor=csm, contact=person)
    assert purge_contacts(before=NOW, limit=2) == 2
    assert Contact.everything.count() == 1


def test_an_old_edit_is_taken_back_without_the_person_who_was_erased(csm: User) -> None:
    account = make_account(csm=csm)
    gone, stays = make_contact(account), make_contact(account)
    touch = log_touchpoint(actor=csm, account=account, kind="call", body="Hello", contacts=[gone, stays])
    edit_touchpoint(actor=csm, touchpoint=touch, contacts=[stays], subject="Greeting")
    delete_contact(actor=csm, contact=gone)
    purge_contacts(before=NOW, limit=10)
    edited = ActionLog.objects.get(inverse__service="accounts.undo_edit_touchpoint")
    undo_edit_touchpoint(actor=csm, **edited.inverse["arguments"])
    touch.refresh_from_db()
    assert [seat.contact for seat in touch.participants.all()] == [stays]


def test_two_people_of_one_account_merged_long_ago_are_one(csm: User) -> None:
    account = make_account(csm=csm)
    keep, drop = make_contact(account), make_contact(account, name="Zebedee")
    merge_contacts(actor=csm, keep=keep, drop=drop)
    assert purge_contacts(before=NOW, limit=10) == 1
    assert list(Contact.everything.all()) == [keep]
