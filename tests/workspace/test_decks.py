"""The files of a review: figures as on the pages, nothing of ours, nothing fetched, in every script."""

import socket
import threading

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from engagement.selectors.usage import usage_of
from team.models import User
from tests.makers import make_account
from tests.workspace.makers_decks import CUSTOMER, chart_values, make_reviewed_account, pdf_text, pptx_parts, pptx_text
from ui import formats
from ui.pango import CURE, has_pango
from ui.pdf import draw_pages
from voc.selectors.voice import voice_of
from workspace.formulas.decks import SLIDES, Choice, Composition, composition_of, default_choice
from workspace.formulas.slides import Review
from workspace.selectors.decks import read_review
from workspace.services.decks import pdf
from workspace.services.decks.pptx import write_pptx
from workspace.services.decks.problems import CannotBeMade

pytestmark = pytest.mark.django_db
needs_pango = pytest.mark.skipif(not has_pango(), reason=str(CURE))
DEFAULT = Composition(12, "en", tuple(default_choice(kind) for kind in SLIDES))


def review_of(account: Account, user: User, composition: Composition = DEFAULT) -> Review:
    found = Account.objects.with_summary().select_related("csm", "segment").get(pk=account.pk)
    return read_review(account=found, user=user, composition=composition)


def files_of(review: Review) -> list[str]:
    """The words of both files; of PowerPoint alone where Pango is missing."""
    return [pptx_text(write_pptx(review)), *([pdf_text(pdf.write_pdf(review))] if has_pango() else [])]


def test_four_native_charts_hold_the_figures_of_the_pages(csm: User, as_csm: Client) -> None:
    account = make_reviewed_account(csm)
    charts = chart_values(write_pptx(review_of(account, csm)))
    usage, nps = usage_of(Account.objects.with_summary().get(pk=account.pk)), voice_of(account).nps
    assert charts["line"] == [float(value or 0) for _day, value in usage.points]
    assert sum(charts["line"][-28:]) == usage.events
    assert charts[usage.features[0].name] == [float(one.latest) for one in usage.features]
    assert charts["Færre sene planer"] == [50.0]
    assert charts["Gave 9 or 10"] == [nps.promoters, nps.passives, nps.detractors] == [2, 1, 1]
    page = as_csm.get(reverse("account_usage", args=[account.pk])).content.decode()
    assert formats.number(usage.events) in page
    assert all(one.name in page for one in usage.features)
    assert "50 % of the way" in as_csm.get(reverse("account_plan", args=[account.pk])).content.decode()


def test_the_words_of_both_files_hold_the_figures_of_the_pages(csm: User, as_csm: Client) -> None:
    account = make_reviewed_account(csm)
    usage = usage_of(Account.objects.with_summary().get(pk=account.pk))
    voice = as_csm.get(reverse("account_voice", args=[account.pk])).content.decode()
    nps = formats.signed(voice_of(account).nps.value)
    assert f"NPS {nps}" in voice
    for text in files_of(review_of(account, csm)):
        assert formats.number(usage.events) in text
        assert "37" in text
        assert nps in text
        assert "+100" in text  # the goal went from 10 to 20
        assert "The export keeps its filters." in text


def test_names_in_danish_and_chinese_are_whole_in_both_files(csm: User) -> None:
    account = make_reviewed_account(csm)
    for text in files_of(review_of(account, csm)):
        for words in (CUSTOMER, "王小明", "Driftschef", "Færre sene planer", "Rapporten er klar i maj", "排班快了一半"):
            assert words in text


@pytest.mark.parametrize(("language", "words"), [("da", "Mål og dokumentation"), ("zh-hans", "目标与证明")])
def test_the_slides_speak_the_chosen_language(csm: User, language: str, words: str) -> None:
    account = make_reviewed_account(csm)
    composition = Composition(12, language, DEFAULT.slides)
    for text in files_of(review_of(account, csm, composition)):
        assert words in text
        assert "Goals and proof" not in text


def test_what_is_ours_is_off_until_somebody_switches_it_on(csm: User) -> None:
    account = make_reviewed_account(csm)
    for text in files_of(review_of(account, csm)):
        for words in ("Secret", "internal proof", "Detractor", "Health", "Risks"):
            assert words not in text
    everything = tuple(Choice(kind.name, True, frozenset(option.name for option in kind.options)) for kind in SLIDES)
    text = files_of(review_of(account, csm, Composition(12, "en", everything)))[0]
    for words in ("Secret upsell", "Secret discount", "Secret note", "Detractor", "Health", "Risks"):
        assert words in text
    assert "Secret title" not in text
    assert "Secret call to the board" not in text


def test_every_option_that_is_ours_starts_off() -> None:
    for kind in SLIDES:
        assert not (kind.is_internal and kind.is_on)
        assert not any(option.is_internal and option.is_on for option in kind.options)


def test_a_stored_composition_is_made_whole_and_nothing_unknown_comes_on() -> None:
    raw = [{"name": "goals", "is_on": True, "options": ["evidence", "nonsense"], "text": 7}, {"name": "gone"}, "junk"]
    found = composition_of(weeks=13, language="xx", slides=raw, languages=["en", "da"])
    assert (found.weeks, found.language) == (12, "en")
    goals = found.slides[1]
    assert goals == Choice("goals", True, frozenset({"evidence"}), "7")
    assert found.slides[2] == default_choice(SLIDES[2])


def test_notes_are_for_the_presenter_and_words_for_everybody(csm: User) -> None:
    account = make_reviewed_account(csm)
    slides = tuple(
        Choice(one.name, one.is_on, one.options, "Said aloud", "Kept quiet") if one.name == "goals" else one
        for one in DEFAULT.slides
    )
    review = review_of(account, csm, Composition(12, "en", slides))
    for text in files_of(review):
        assert "Said aloud" in text
        assert "Kept quiet" not in text
    assert "Kept quiet" in "".join(pptx_parts(write_pptx(review), "ppt/notesSlides").values())


def test_markup_stays_text(csm: User) -> None:
    account = make_reviewed_account(csm, name="<script>alert(1)</script> & Søn")
    for text in files_of(review_of(account, csm)):
        assert "<script>alert(1)</script> & Søn" in text


@needs_pango
def test_nothing_is_fetched_while_drawing() -> None:
    """A listener waits at the address; a picture, a style sheet, a font and a local file are asked for in vain."""
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        stop = threading.Event()

        def listen() -> None:
            while not stop.is_set():
                try:
                    connection, _address = listener.accept()
                except TimeoutError:
                    continue
                asked.append(connection.recv(100))
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            content = draw_pages(
                f'<html lang="en"><head><title>x</title><link rel="stylesheet" href="{address}.css">'
                f"<style>@font-face {{ font-family: f; src: url({address}.woff) }} p {{ font-family: f }}</style>"
                f'</head><body><p>words</p><img alt="a" src="{address}.png"><img alt="b" src="file:///etc/hostname">',
                "",
            )
        finally:
            stop.set()
            thread.join()
    assert asked == []
    assert "words" in pdf_text(content)


def test_without_pango_a_sentence_says_what_to_install(csm: User, monkeypatch: pytest.MonkeyPatch) -> None:
    account = make_account(csm=csm)
    monkeypatch.setattr(pdf, "has_pango", lambda: False)
    with pytest.raises(CannotBeMade, match=r"apt-get install libpango-1\.0-0 libpangoft2-1\.0-0"):
        pdf.write_pdf(review_of(account, csm))


def test_an_account_without_anything_has_a_review_that_says_so(csm: User) -> None:
    account = make_account(csm=csm, name="Empty")
    for text in files_of(review_of(account, csm)):
        assert "No usage was recorded." in text
        assert "No goal is shared yet" in text


def test_control_characters_do_not_break_the_file(csm: User) -> None:
    account = make_reviewed_account(csm, name="Bell\x07 and \x1f unit " + "long " * 30)
    for text in files_of(review_of(account, csm)):
        assert "Bell" in text
        assert "unit long" in text
