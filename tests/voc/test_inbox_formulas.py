"""Masking, fingerprints, likeness, ratings, customers' words, evidence: pure functions and their properties."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.formulas.customer_words import words_of
from voc.formulas.duplicates import fingerprint, is_alike, is_telling, likeness
from voc.formulas.evidence import Stretch, stretches
from voc.formulas.masking import MARKS, find_personal, mask_personal, mask_with_spans
from voc.formulas.ratings import MOODS, as_given, on_ten


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Write to ana.maria+x@acme.co.uk, please", "Write to [mail], please"),
        ("邮箱是wang@x.cn，谢谢", "邮箱是[mail]，谢谢"),
        ("Skriv til søren@østerbro.dk.", "Skriv til [mail]."),
        ("Call +45 12 34 56 78 or 0049 (30) 123-4567", "Call [phone] or [phone]"),
        ("Ring 12 34 56 78, ellers 23456789", "Ring [phone], ellers [phone]"),
        ("电话13812345678或138 1234 5678", "电话[phone]或[phone]"),
        ("打１３８１２３４５６７８", "打[phone]"),
        ("座机 010-62345678，热线 400-800-1234", "座机 [phone]，热线 [phone]"),
        ("(555) 123-4567 is mine, 030/1234567 hers", "[phone] is mine, [phone] hers"),
        ("Card 4111 1111 1111 1111 12/27", "Card [card] 12/27"),
        ("card 5500-0000-0000-0004.", "card [card]."),
        ("DK50 0040 0440 1162 43 and gb82west12345698765432", "[iban] and [iban]"),
        ("CPR 010190-1234, 身份证11010519491231002X", "CPR [id], 身份证[id]"),
        ("SSN 078-05-1120", "SSN [id]"),
    ],
)
def test_what_reaches_a_person_is_masked(text: str, masked: str) -> None:
    assert mask_personal(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "We have 1,200,000 rows in 12 regions since 2024-01-31, and 31.01.2026 at 10:30.",
        "Version 12.3.4567 of ticket 4711, #12345678 and INV-12345678",
        "It costs 45 000 kr, 12 345 678 in all, 99.5 % up in 2023-2024",
        "Backup 20260131 failed",
        "See https://status.example/23456789",
        "每个月导出都要点六次，花了30分钟",
        "Ana and Søren wait 1 234 567 ms",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask_personal(text) == text


@given(st.text(max_size=200))
def test_masking_twice_is_masking_once(text: str) -> None:
    once = mask_personal(text)
    assert mask_personal(once) == once


@given(st.text(alphabet=st.characters(exclude_categories=["Nd", "Cs"], exclude_characters="@＠"), max_size=200))
def test_without_digits_and_at_nothing_is_masked(text: str) -> None:
    assert mask_personal(text) == text


words = st.text(alphabet=" abcæøåÆé中文,.!", max_size=30)


@given(words, words, st.from_regex(r"\A[2-9][0-9]{7}\Z"), st.sampled_from([" ", "", "-"]))
def test_a_phone_number_with_its_country_is_masked_wherever_it_stands(
    before: str, after: str, digits: str, gap: str
) -> None:
    number = "+45 " + gap.join(digits[at : at + 2] for at in range(0, 8, 2))
    assert mask_personal(f"{before} {number} {after}") == f"{before} {MARKS['phone']} {after}"


@given(words, st.from_regex(r"\A[3-6][0-9]{14}\Z"), st.sampled_from(["", " ", "-"]))
def test_every_card_number_is_masked(before: str, digits: str, gap: str) -> None:
    total = sum(int(digit) for digit in digits[1::2])
    total += sum((int(digit) * 2 - 9 if int(digit) > 4 else int(digit) * 2) for digit in digits[::2])
    card = digits + str(-total % 10)
    written = gap.join(card[at : at + 4] for at in range(0, 16, 4))
    assert not any(character.isdigit() for character in mask_personal(f"{before} {written}"))


@given(words, st.emails(), words)
def test_every_plain_mail_address_is_masked(before: str, mail: str, after: str) -> None:
    local = mail.partition("@")[0]
    if not all(sign.isalnum() or sign in "._%+-'" for sign in local):
        return
    assert mail not in mask_personal(f"{before} {mail} {after}")


@given(st.text(max_size=80), st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80)), max_size=4))
def test_spans_stay_inside_and_in_order(text: str, pairs: list[tuple[int, int]]) -> None:
    spans = [(min(pair[0], len(text)), min(max(pair), len(text))) for pair in pairs if pair[0] <= len(text)]
    masked, moved = mask_with_spans(text, spans)
    assert all(0 <= start <= end <= len(masked) for start, end in moved)
    places = find_personal(text)
    assert all(one.end <= other.start for one, other in itertools.pairwise(places))


def test_spans_follow_their_words() -> None:
    text = "ana@acme.com says: terrible, call 12 34 56 78"
    start = text.index("terrible")
    masked, moved = mask_with_spans(text, [(start, start + 8), (0, 5), (0, len(text))])
    assert [masked[first:last] for first, last in moved] == ["terrible", "[mail]", masked]


@given(st.text(max_size=60))
def test_case_spaces_and_punctuation_do_not_change_the_fingerprint(text: str) -> None:
    loud = "  " + "! ".join(text.split()) + " ?"
    assert fingerprint(loud) == fingerprint(text)
    assert -(2**63) <= fingerprint(text) < 2**63


def test_other_words_have_another_fingerprint() -> None:
    assert fingerprint("The export is slow") != fingerprint("The import is slow")
    assert fingerprint("ＡＢＣ，导出") == fingerprint("abc 导出。")


@given(st.text(max_size=60), st.text(max_size=60))
def test_likeness_is_symmetric_and_between_0_and_1(one: str, other: str) -> None:
    assert likeness(one, other) == likeness(other, one)
    assert 0 <= likeness(one, other) <= 1


def test_near_texts_are_alike_and_opposite_ones_are_not() -> None:
    first = "The export takes six clicks every month and I end up fixing the columns by hand."
    assert is_alike(first, "the export takes six clicks every month, and I still end up fixing columns by hand")
    assert not is_alike(first, "The import works well every month and I never have to fix anything by hand.")
    assert is_alike("每个月导出都要点六次，最后还得手工改列。", "每个月导出要点六次，最后还得手工改列")
    assert not is_alike("Thanks!", "thanks")


@pytest.mark.parametrize(("text", "telling"), [("All good", False), ("谢谢", False), ("导出功能非常慢，请改进", True)])
def test_short_words_are_said_by_many(text: str, telling: bool) -> None:
    assert is_telling(text) is telling


def test_scales_meet_at_their_ends() -> None:
    assert [on_ten(stars, (1, 5)) for stars in range(1, 6)] == [0, 3, 5, 8, 10]
    assert [on_ten(score) for score in range(11)] == list(range(11))
    assert (as_given(4, (1, 5)), as_given(4)) == ("4/5", "")
    with pytest.raises(ValueError, match="not between"):
        on_ten(6, (1, 5))
    # A mood alone neither counts as praise, which is handled in silence, nor leaves "so-so" a detractor.
    assert MOODS["good"] < 9 and MOODS["mixed"] > 6 >= MOODS["bad"]


def test_marked_lines_are_the_customers() -> None:
    note = "Ana was late.\n> We cannot export to Excel.\n> It drives us mad.\nI promised a call."
    assert words_of(note) == "We cannot export to Excel.\nIt drives us mad."
    assert words_of("We cannot export to Excel.", is_ours=True) == ""
    assert words_of("ok, thanks") == ""
    assert words_of("导出太慢了") == "导出太慢了"


@given(
    st.text(max_size=40), st.lists(st.tuples(st.integers(-5, 50), st.integers(-5, 50), st.floats(-1, 1)), max_size=5)
)
def test_stretches_are_the_whole_text(text: str, spans: list[tuple[int, int, float]]) -> None:
    assert "".join(one.text for one in stretches(text, spans)) == text


def test_evidence_is_marked() -> None:
    assert stretches("so slow", [(3, 7, -0.4)]) == [Stretch("so "), Stretch("slow", -0.4)]
