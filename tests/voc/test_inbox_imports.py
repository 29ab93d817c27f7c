"""Reviews and posts from files: who said it, where, how many stars; whose it is may be open."""

from pathlib import Path

import pytest

from team.models import User
from tests.accounts.importing import counts, import_text, reasons
from tests.makers import make_account
from voc.models import Feedback

pytestmark = pytest.mark.django_db
REVIEWS = (
    "review_id,account,channel,reviewer,permalink,stars,posted_at,review\n"
    "1,,G2,Ana B.,https://reviews.example/1,4,2024-05-13,Good but slow exports\n"
    "2,Acme,review,Bo,https://reviews.example/2,1,2024-05-14,We are leaving\n"
    "3,,mail,Cy,,3,2024-05-15,Nobody knows me\n"
    "4,Acme,review,Di,javascript:alert(1),3,2024-05-15,A bad address\n"
    "5,Nowhere,review,Ed,,3,2024-05-15,An unknown account\n"
)


def test_reviews_come_in_with_author_place_and_stars(tmp_path: Path, admin: User, csm: User) -> None:
    account = make_account(name="Acme", csm=csm)
    run = import_text("feedback", REVIEWS, tmp_path)
    assert counts(run) == (2, 0, 0, 3)
    public, known = Feedback.objects.order_by("external_id")
    assert (public.account, public.author, public.url) == (None, "Ana B.", "https://reviews.example/1")
    assert (public.score, public.score_given, public.source) == (8, "4/5", "review")
    assert (known.account, known.score, known.fingerprint is not None) == (account, 0, True)
    assert list(Feedback.objects.visible_to(csm)) == [known]
    assert Feedback.objects.visible_to(admin).count() == 2
    assert any("http" in reason for reason in reasons(run))
    assert counts(import_text("feedback", REVIEWS, tmp_path)) == (0, 0, 2, 3)
