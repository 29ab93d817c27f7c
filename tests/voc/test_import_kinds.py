"""Answers and feedback from other systems."""

from pathlib import Path

import pytest

from accounts.models import AccountSummary
from accounts.services.imports.undo import undo_run
from team.clock import now
from team.models import User
from tests.accounts.importing import counts, import_text, reasons
from tests.makers import make_account, make_contact
from voc.models import Answer, Feedback, Response

pytestmark = pytest.mark.django_db
ANSWERS = (
    "response_id,account,email,score,comment,submitted_at\n"
    "R1,Acme,ana@acme.com,9,Great support,2024-05-13 10:00\nR2,,ana@acme.com,3,,2024-06-13\nR3,Acme,,10,,2024-01-13\n"
    "R4,,who@else.com,5,,2024-06-13\n"
)


def test_answers_count_and_the_last_one_is_on_the_account(tmp_path: Path, admin: User) -> None:
    account = make_account(name="Acme")
    ana = make_contact(account, email="ana@acme.com")
    run = import_text("responses", ANSWERS, tmp_path)
    assert counts(run) == (3, 0, 0, 1)
    assert set(Response.objects.counted().values_list("score", "contact")) == {(9, ana.pk), (3, ana.pk), (10, None)}
    assert Answer.objects.count() == 4
    assert Feedback.objects.get().text == "Great support"
    assert AccountSummary.objects.get(account=account).nps == 3
    assert reasons(run) == ["No account is named, and nobody here has the address 'who@else.com'."]
    assert counts(import_text("responses", ANSWERS, tmp_path)) == (0, 0, 3, 1)
    again = import_text("responses", ANSWERS.replace("9,Great", "7,Fair"), tmp_path)
    assert counts(again) == (0, 1, 2, 1)
    assert (Feedback.objects.get().text, Answer.objects.filter(number=7).count()) == ("Fair support", 1)
    assert undo_run(run=again) == []
    assert (Feedback.objects.get().text, Answer.objects.filter(number=9).count()) == ("Great support", 1)
    assert undo_run(run=run) == []
    assert not Response.objects.exists()
    assert not Feedback.objects.exists()


def test_without_anybody_to_own_a_survey_the_reason_is_told(tmp_path: Path) -> None:
    make_account(name="Acme")
    run = import_text("responses", "account,score,date\nAcme,9,2024-05-13\n", tmp_path)
    assert reasons(run) == ["There is no survey, and nobody to own one: make a user first."]


def test_feedback_waits_to_be_understood_and_new_words_are_read_again(tmp_path: Path) -> None:
    make_account(name="Acme")
    text = "id,account,text,date,channel\nF1,Acme,It is slow,2024-05-13,G2\n"
    import_text("feedback", text, tmp_path)
    feedback = Feedback.objects.get()
    assert (feedback.source, feedback.understood_at) == ("review", None)
    Feedback.objects.update(language="en", sentiment="-0.5", understood_at="2024-05-14T00:00Z")
    assert counts(import_text("feedback", text, tmp_path)) == (0, 0, 1, 0)
    assert counts(import_text("feedback", text.replace("slow", "fast"), tmp_path)) == (0, 1, 0, 0)
    feedback.refresh_from_db()
    assert (feedback.text, feedback.understood_at) == ("It is fast", None)


def test_who_wrote_is_found_in_any_letters_and_never_guessed(tmp_path: Path, admin: User) -> None:
    nora = make_contact(make_account(), email="Nora@Acme.com")
    for account in (make_account(), make_account()):
        make_contact(account, email="both@acme.com")
    gone = make_contact(make_account(deleted_at=now()), email="gone@acme.com")
    text = "id,contact,text,date\n" + "".join(
        f"F{number},{mail},It is slow,2024-05-13\n"
        for number, mail in enumerate(["nora@acme.com", "both@acme.com", gone.email])
    )
    run = import_text("feedback", text, tmp_path)
    assert counts(run) == (1, 0, 0, 2)
    assert Feedback.objects.get().contact == nora
