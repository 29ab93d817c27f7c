"""Scorecards from draft to force: the services, files, and the editor's pages."""

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import AccountChange, Segment
from engagement.models import RecomputeRun, Score, Scorecard
from engagement.selectors.card_trials import try_card
from engagement.selectors.scorecard_differences import differences, problem_words
from engagement.selectors.scorecard_documents import Document, document_of, model_of_document, problems_of
from engagement.selectors.scorecards import scorecards
from engagement.selectors.whatif import effect_of, read_shelf
from engagement.services import scorecards as services
from engagement.services.defaults import ensure_default_scorecard
from engagement.services.recompute import recompute_everyone
from engagement.services.runs import start_run
from team.models import User
from team.services.undo import CannotUndo, undo_action
from tests.engagement.worlds import make_known_account, make_visit
from tests.makers import make_account

pytestmark = pytest.mark.django_db


def default_document() -> Document:
    pk = ensure_default_scorecard().pk
    return document_of(scorecards([pk])[pk])


def make_draft(actor: User, **place: Any) -> Scorecard:
    return services.create_draft(actor=actor, document=default_document(), **place)


def form_of(document: Document, version: int) -> dict[str, Any]:
    """What the editor's form sends for a document."""
    sent: dict[str, Any] = {"version": version, "name": document["name"]}
    for code, rule in document["components"].items():
        sent |= {f"c-{code}-weight": rule["weight"], f"c-{code}-desired": rule["desired"]}
        sent |= {f"c-{code}-by-{intent}": at for intent, at in rule["by_intent"].items()}
    for rule in document["measures"]:
        code = rule["measure"]
        sent |= {f"m-{code}-on": "1", f"m-{code}-component": rule["component"], f"m-{code}-weight": rule["weight"]}
        sent |= {f"m-{code}-days": "" if rule["valid_days"] is None else rule["valid_days"]}
        sent |= {f"m-{code}-raw": [raw for raw, _at in rule["scale"]]}
        sent |= {f"m-{code}-points": [at for _raw, at in rule["scale"]]}
    sent |= {f"b-{key}": [band[key] for band in document["bands"]] for key in ("slug", "name", "floor")}
    sent["x"] = list(range(len(document["exceptions"])))
    for place, rule in enumerate(document["exceptions"]):
        sent |= {f"x-{place}-{key}": rule[key] for key in ("name", "effect", "value")}
        columns = zip(*rule["tests"], strict=True)
        sent |= {
            f"x-{place}-{key}": list(column)
            for key, column in zip(("measure", "operator", "number"), columns, strict=True)
        }
    return sent


EXCEPTION = {"name": "Silent", "tests": [["silence", ">=", 60]], "effect": "cap", "value": 39.5}


def test_a_draft_is_saved_by_version_and_can_be_taken_back(admin: User) -> None:
    draft = make_draft(admin)
    document = document_of(draft)
    changed = document | {"name": "Ours", "exceptions": [EXCEPTION]}
    action = services.save_draft(actor=admin, card=draft, document=changed, version=1)
    assert action is not None
    fresh = Scorecard.objects.get(pk=draft.pk)
    assert (document_of(fresh), fresh.version) == (changed, 2)
    assert services.save_draft(actor=admin, card=draft, document=changed, version=2) is None
    with pytest.raises(services.DraftConflict) as conflict:
        services.save_draft(actor=admin, card=draft, document=document, version=1)
    assert conflict.value.theirs == changed
    assert undo_action(actor=admin, action=action)
    assert document_of(Scorecard.objects.get(pk=draft.pk)) == document
    later = services.save_draft(actor=admin, card=draft, document=changed, version=3)
    services.save_draft(actor=admin, card=draft, document=document, version=4)
    assert later is not None
    with pytest.raises(CannotUndo):
        undo_action(actor=admin, action=later)


def test_publishing_retires_marks_and_judges_anew(admin: User, csm: User) -> None:
    accounts = [make_known_account(csm) for _ in range(2)]
    recompute_everyone()
    old = ensure_default_scorecard()
    draft = make_draft(admin, based_on=old)
    with pytest.raises(ValidationError, match="what changed"):
        services.publish_draft(actor=admin, card=draft, note=" ")
    running = start_run(actor=admin)
    run = services.publish_draft(actor=admin, card=draft, note="Silence weighs more")
    assert (run.total, run.pk != running.pk) == (2, True)
    old.refresh_from_db()
    assert old.retired_at is not None
    with pytest.raises(services.CardRefused):
        services.publish_draft(actor=admin, card=draft, note="again")
    with pytest.raises(services.CardRefused):
        services.save_draft(actor=admin, card=draft, document=default_document() | {"name": "x"}, version=2)
    recompute_everyone()
    assert set(Score.objects.current().values_list("scorecard", flat=True)) == {draft.pk}
    assert len(accounts) == Score.objects.current().count()


def test_a_variant_marks_its_own_accounts_and_falls_back_when_it_is_retired(admin: User, csm: User) -> None:
    big = Segment.objects.create(slug="big", name="Big")
    inside, elsewhere = make_account(csm=csm, segment=big), make_account(csm=csm)
    make_visit(inside, "onboarding", entered_days_ago=3)
    draft = make_draft(admin, segment=big, stage_kind="onboarding")
    AccountChange.objects.all().delete()
    run = services.publish_draft(actor=admin, card=draft, note="Onboarding differs")
    assert list(AccountChange.objects.values_list("account", flat=True)) == [inside.pk]
    recompute_everyone()
    run.refresh_from_db()
    assert (run.done, run.finished_at is not None) == (1, True)
    assert Score.objects.current().get(account=inside).scorecard_id == draft.pk
    services.retire_variant(actor=admin, card=draft)
    recompute_everyone()
    default = ensure_default_scorecard()
    assert {score.scorecard_id for score in Score.objects.current()} == {default.pk}
    assert elsewhere.pk != inside.pk
    with pytest.raises(services.CardRefused):
        services.retire_variant(actor=admin, card=default)
    assert services.delete_draft(card=make_draft(admin))
    with pytest.raises(services.CardRefused):
        services.delete_draft(card=default)


def test_what_is_exported_comes_back_and_what_is_wrong_is_named(admin: User) -> None:
    document = default_document() | {"exceptions": [EXCEPTION]}
    draft = services.create_draft(actor=admin, document=document)
    text = services.export_card(Scorecard.objects.get(pk=draft.pk))
    assert services.read_document(text) == document
    given = json.loads(text)
    given["bands"] = given["bands"][:1]
    given["measures"][0]["scale"] = [[1, 0], [0, 100]]
    given["exceptions"][0]["tests"][0][0] = "elsewhere"
    with pytest.raises(ValidationError) as refused:
        services.read_document(json.dumps(given))
    paths = {text.split(":")[0] for text in refused.value.messages}
    assert paths == {"bands", f"measures.{document['measures'][0]['measure']}.scale.1", "exceptions.0.tests"}
    for broken in ("{", "{}", '{"perennial": "scorecard"}', '{"perennial": "scorecard", "name": "x", "components": 3}'):
        with pytest.raises(ValidationError):
            services.read_document(broken)


def test_what_a_draft_changes_is_what_publishing_it_does(admin: User, csm: User) -> None:
    accounts = [make_known_account(csm, intent=intent) for intent in ("", "pilot", "switched")]
    accounts.append(make_account(csm=csm))
    recompute_everyone()
    document = default_document()
    document["components"]["adoption"]["weight"] = 90
    document["bands"][-1]["floor"] = 75
    document["exceptions"] = [EXCEPTION | {"tests": [["silence", ">=", 0]]}]
    model = model_of_document(document)
    effect = effect_of(model, {}, read_shelf((None, "")))
    trial = try_card(account=accounts[0], model=model)
    draft = services.create_draft(actor=admin, document=document)
    services.publish_draft(actor=admin, card=draft, note="Adoption is all")
    recompute_everyone()
    scores = {score.account_id: score for score in Score.objects.current()}
    assert trial.score.after == scores[accounts[0].pk].value
    assert trial.rules
    assert effect.accounts == len(accounts)
    for pk, _before, after in effect.moves:
        assert after == float(scores[pk].value or 0)
    after_by_band = {band.slug: band.after for band in effect.bands}
    assert sum(after_by_band.values()) == len(accounts)
    for slug, count in after_by_band.items():
        assert count == sum(score.band == slug for score in scores.values()), slug
    assert {line.where for line in differences(default_document(), document)} == set()


@pytest.fixture
def as_admin(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


def test_the_editor_saves_what_it_shows_and_keeps_what_is_wrong(as_admin: Client, admin: User) -> None:
    draft = make_draft(admin)
    url = reverse("scorecard_edit", args=[draft.pk])
    assert as_admin.get(url).status_code == 200
    document = document_of(draft) | {"exceptions": [EXCEPTION]}
    sent = form_of(document, 1)
    assert as_admin.post(url, sent).status_code == 200
    assert document_of(Scorecard.objects.get(pk=draft.pk)) == document
    wrong = sent | {"version": 2, "c-adoption-weight": "much", "m-silence-raw": [9, 1, 5, 7]}
    refused = as_admin.post(url, wrong)
    assert refused.status_code == 422
    assert 'value="much"' in refused.content.decode()
    assert as_admin.post(url, sent | {"name": "Other"}).status_code == 409
    assert Scorecard.objects.get(pk=draft.pk).version == 2


def test_rows_in_the_wrong_order_are_refused_where_they_stand_and_put_in_order_by_a_press(
    as_admin: Client, admin: User
) -> None:
    draft = make_draft(admin)
    document = document_of(draft)
    # A 45 that was meant as 75: sorted without a word, bands change their meaning.
    bands = [
        {"slug": slug, "name": slug.title(), "floor": floor}
        for slug, floor in (("critical", 0), ("risk", 40), ("watch", 60), ("good", 45), ("great", 90))
    ]
    silence = next(rule for rule in document["measures"] if rule["measure"] == "silence")
    silence["scale"] = [[0, 100], [90, 0], [30, 60], [30, 50]]
    sent = form_of(document | {"bands": bands}, 1)
    url = reverse("scorecard_edit", args=[draft.pk])
    refused = as_admin.post(url, sent)
    assert refused.status_code == 422
    errors = refused.context["editor"].errors
    assert set(errors) == {"bands.3.floor", "measures.silence.scale.2", "measures.silence.scale.3"}
    assert "“Good” starts at 45, below the 60 of “Watch”" in errors["bands.3.floor"]
    assert "Corner 3 has the value 30, below the 90 of corner 2" in errors["measures.silence.scale.2"]
    assert [band.floor for band in refused.context["editor"].bands] == [0, 40, 60, 45, 90], "as it was typed"
    assert Scorecard.objects.get(pk=draft.pk).version == 1
    page = as_admin.post(url, sent | {"do": "band-sort"})
    assert [(band.slug, band.floor) for band in page.context["editor"].bands][2:4] == [("good", 45), ("watch", 60)]
    assert not page.context["editor"].are_bands_out_of_order
    page = as_admin.post(url, sent | {"do": "corner-sort:silence"})
    (row,) = [one for part in page.context["editor"].components for one in part.measures if one.code == "silence"]
    assert [raw for _place, raw, _points, _error in row.corners] == [0, 30, 30, 90]


@pytest.mark.parametrize(
    ("step", "path"),
    [
        ("band-add", "bands"),
        ("exception-add", "exceptions"),
        ("corner-add:silence", "corners"),
        ("measure-remove:silence", "measures"),
        ("corner-remove:nonsense:x", "nothing"),
    ],
)
def test_a_press_adds_or_removes_a_row_and_stores_nothing(as_admin: Client, admin: User, step: str, path: str) -> None:
    draft = make_draft(admin)
    document = document_of(draft)
    page = as_admin.post(reverse("scorecard_edit", args=[draft.pk]), form_of(document, 1) | {"do": step})
    editor = page.context["editor"]
    found = {
        "bands": len(editor.bands) - len(document["bands"]),
        "exceptions": len(editor.exceptions),
        "corners": sum(len(one.corners) for row in editor.components for one in row.measures)
        - sum(len(rule["scale"]) for rule in document["measures"]),
        "measures": len(document["measures"]) - sum(len(row.measures) for row in editor.components),
        "nothing": 1,
    }
    assert found[path] == 1
    assert document_of(Scorecard.objects.get(pk=draft.pk)) == document


def test_the_pages_around_the_editor(as_admin: Client, admin: User, csm: User, settings: Settings) -> None:
    account = make_known_account(csm)
    recompute_everyone()
    default = ensure_default_scorecard()
    assert as_admin.get(reverse("scorecard")).headers["Location"] == reverse("scorecards")
    for name in ("scorecard_card", "scorecard_compare", "scorecard_export", "scorecard_what_if"):
        assert as_admin.get(reverse(name, args=[default.pk])).status_code == 200, name
    started = as_admin.post(reverse("scorecard_new"), {"based_on": default.pk, "stage_kind": "renewal"})
    draft = Scorecard.objects.get(published_at=None)
    dialogs = [reverse("scorecard_new"), reverse("scorecard_import"), reverse("scorecard_publish", args=[draft.pk])]
    for url in [*dialogs, reverse("judgement_add", args=[account.pk])]:
        dialog = as_admin.get(url, headers={"HX-Request": "true", "HX-Target": "dialog"}).content.decode()
        assert f'hx-post="{url}"' in dialog, "it posts to itself, not to the page below it"
    assert started.headers["Location"] == reverse("scorecard_edit", args=[draft.pk])
    same = as_admin.get(reverse("scorecard_publish", args=[draft.pk])).content.decode()
    assert "Nothing differs from" in same, "it is a copy so far"
    document = document_of(draft)
    document["components"]["adoption"]["weight"] = 99
    sent = form_of(document, 1) | {"account": account.pk}
    effect = as_admin.post(reverse("scorecard_effect", args=[draft.pk]), sent)
    assert effect.context["trial"].score.after is not None
    scale = as_admin.get(reverse("scorecard_scale", args=[draft.pk, "silence"]), sent)
    assert "svg" in scale.content.decode()
    as_admin.post(reverse("scorecard_edit", args=[draft.pk]), sent)
    refused = as_admin.post(reverse("scorecard_publish", args=[draft.pk]), {"note": ""})
    assert refused.status_code == 422
    late = as_admin.post(reverse("scorecard_publish", args=[draft.pk]), {"note": "Unseen", "version": 1})
    assert late.status_code == 422, "it was saved since"
    version = late.context["form"]["version"].value()
    sent = {"note": "Renewals are about use", "version": version}
    done = as_admin.post(reverse("scorecard_publish", args=[draft.pk]), sent)
    assert done.headers["Location"] == reverse("recompute_run", args=[RecomputeRun.objects.latest("pk").pk])
    late = as_admin.get(reverse("scorecard_edit", args=[draft.pk]))
    assert late.headers["Location"] == reverse("scorecard_card", args=[draft.pk]), "it is published: shown, not edited"
    page = as_admin.get(reverse("scorecard_compare", args=[draft.pk]))
    assert [line.after for line in page.context["lines"] if line.where == "Successful adoption"] == ["99"]
    assert as_admin.post(reverse("scorecard_retire", args=[draft.pk])).status_code == 302
    text = services.export_card(default)
    assert as_admin.post(reverse("scorecard_import"), {"text": text}).status_code == 302
    for broken in ("{", "[" * 100_000):
        assert as_admin.post(reverse("scorecard_import"), {"text": broken}).status_code == 422
    last = Scorecard.objects.get(published_at=None)
    assert as_admin.post(reverse("scorecard_delete", args=[last.pk])).status_code == 302
    assert not Scorecard.objects.filter(published_at=None).exists()


def test_problems_are_found_at_their_place() -> None:
    document = default_document()
    document["components"]["adoption"]["weight"] = 0
    document["bands"][0]["floor"] = 5
    document["exceptions"] = [EXCEPTION | {"name": "", "value": 101, "tests": []}]
    told = problem_words(document, problems_of(document))
    assert told[0] == "Successful adoption: A weight is a number above 0."
    assert any(words.startswith("Exception 1: ") for words in told)
    assert {problem.path for problem in problems_of(document)} == {
        "components.adoption.weight",
        "bands.0.floor",
        "exceptions.0.name",
        "exceptions.0.value",
        "exceptions.0.tests",
    }
