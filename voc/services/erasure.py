"""What people said, when they must be forgotten: the words go, the figures stay."""

from collections.abc import Collection

from django.db.models import F
from django.db.models.functions import Coalesce, Now
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import AccountGrant, Contact
from team.models import Notice
from team.services.erasure import blank_audit
from voc.formulas.masking import mask_personal
from voc.formulas.priority import title_of
from voc.models import Answer, Feedback, FeedbackTheme, Insight, InsightStep, Response


def erase_words(*, contact_ids: Collection[int]) -> None:
    """Empty what these people wrote and what quotes them; scores, moods and themes stay. Idempotent.

    Called before the contacts go (settings.CONTACT_ERASERS), in their transaction.
    """
    # A worker may be making feedback of an answer: it is done before this, or finds the words gone.
    list(Response.objects.filter(contact__in=contact_ids).order_by("pk").select_for_update().values_list("pk"))
    said = Feedback.objects.filter(contact__in=contact_ids)
    quoting = list(Insight.objects.filter(quotes__feedback__in=said).select_related("theme").distinct())
    Answer.objects.filter(response__contact__in=contact_ids).exclude(text="").update(text="")
    FeedbackTheme.objects.filter(feedback__in=said).update(start=None, end=None)
    said.update(
        text="", sentiment_spans=[], author="", url="", fingerprint=None,
        understood_at=Coalesce(F("understood_at"), Now()),
    )  # fmt: skip
    InsightStep.objects.filter(contact__in=contact_ids).update(text="")
    for name in Contact.everything.filter(pk__in=contact_ids).values_list("name", flat=True):
        InsightStep.objects.filter(insight__in=quoting, text__contains=name).update(text="")
    for insight in quoting:
        _entitle(insight)
    blank_audit(model=Insight, ids=[insight.pk for insight in quoting], fields=["title"])
    for pk in contact_ids:
        Notice.objects.filter(dedupe_key__startswith=f"contact:{pk}:").delete()


def _entitle(insight: Insight) -> None:
    """Name an insight by what others said, else by its theme; its title was a quote."""
    left = insight.quotes.exclude(feedback__text="").order_by("pk").values_list("feedback__text", flat=True).first()
    title = title_of(mask_personal(left or "")) or (insight.theme.name if insight.theme else _("Feedback"))
    Insight.objects.filter(pk=insight.pk).update(title=title)
    AccountGrant.objects.filter(source_ref=f"insight:{insight.pk}").update(reason=title)
    Notice.objects.filter(kind="insight", url=reverse("insight", args=[insight.pk])).delete()
