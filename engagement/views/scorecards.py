"""Scorecards to read: which judges whom, every version, two side by side, and what a draft would change."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Account
from engagement.models import Scorecard
from engagement.selectors.scorecard_differences import differences, exception_words, problem_words
from engagement.selectors.scorecard_documents import document_of, model_of_document, problems_of
from engagement.selectors.scorecard_list import list_scorecards, other_versions
from engagement.selectors.scorecards import describe, scorecards
from engagement.selectors.whatif import (
    BINS,
    QUICK,
    Effect,
    base_of,
    big_moves,
    effect_of,
    kept_shelf,
    read_shelf,
    size_of_place,
)
from engagement.services.scorecards import WRITERS, export_card
from engagement.tasks.scorecards import ring_book
from team.http.access import current_user, requires_role
from team.models import Role
from ui.charts import Bar, Figure, bars
from ui.http import id_in, render_part
from ui.tones import tone_of_band


@require_safe
def scorecard(request: HttpRequest) -> HttpResponse:
    """The old address of the list."""
    return HttpResponseRedirect(reverse("scorecards"), status=301)


@require_safe
def scorecards_page(request: HttpRequest) -> HttpResponse:
    """What is in force by segment and stage, drafts, and what judged before."""
    role = current_user(request).role
    can_write = role in WRITERS
    context = {
        "lists": list_scorecards(with_drafts=can_write),
        "can_write": can_write,
        # SECURITY: counts are of the whole book, of which departments see single accounts.
        "sees_book": role != Role.MEMBER,
    }
    return render_part(request, "engagement/scorecards/list.html", "scorecards", context)


@require_safe
def scorecard_card(request: HttpRequest, pk: int) -> HttpResponse:
    """One version: components, weights, measures, scales, bands, exceptions. Drafts are for those who write them."""
    user = current_user(request)
    found = get_object_or_404(readable(user.role in WRITERS), pk=pk)
    card = scorecards([found.pk])[found.pk]
    document = document_of(card)
    bands = list(card.bands.all())
    context = {
        "card": found,
        "components": describe(card),
        "bands": [(band, tone_of_band(place, len(bands))) for place, band in enumerate(bands)],
        "exceptions": [exception_words(rule) for rule in document["exceptions"]],
        "others": other_versions(found),
        "draft_url": f"{reverse('scorecard_new')}?from={pk}",
        "can_write": user.role in WRITERS,
    }
    return render_part(request, "engagement/scorecards/card.html", "card", context)


def readable(with_drafts: bool) -> Any:
    """Scorecards that a person may read, with what the head of a page says of them."""
    rows = Scorecard.objects.select_related("segment", "published_by", "created_by", "based_on")
    return rows if with_drafts else rows.filter(published_at__isnull=False)


@require_safe
def scorecard_compare(request: HttpRequest, pk: int) -> HttpResponse:
    """In what this version differs from another (`?with=`, by default the one that it was made from)."""
    rows = readable(current_user(request).role in WRITERS)
    card = get_object_or_404(rows, pk=pk)
    others = other_versions(card)
    asked = id_in(request.GET.get("with", "")) or card.based_on_id or (others[0].pk if others else None)
    other = rows.filter(pk=asked).first() if asked else None
    found = scorecards([pk, *([other.pk] if other else [])])
    lines = differences(document_of(found[other.pk]), document_of(found[pk])) if other else ()
    context = {"card": card, "other": other, "others": others, "lines": lines}
    return render_part(request, "engagement/scorecards/compare.html", "compare", context)


@require_safe
@requires_role(*WRITERS)
def scorecard_export(request: HttpRequest, pk: int) -> HttpResponse:
    """The scorecard as a JSON file."""
    get_object_or_404(Scorecard, pk=pk)
    card = scorecards([pk])[pk]
    name = f"scorecard-{card.segment.slug if card.segment else 'all'}-{card.stage_kind or 'all'}-v{card.number}.json"
    return HttpResponse(
        export_card(card),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_safe
@requires_role(*WRITERS)
def scorecard_what_if(request: HttpRequest, pk: int) -> HttpResponse:
    """What this scorecard would change over its whole book: bands, distribution, the biggest moves."""
    card = get_object_or_404(readable(with_drafts=True), pk=pk)
    found = scorecards([pk])[pk]
    document = document_of(found)
    place = (card.segment_id, card.stage_kind)
    problems = problems_of(document)
    shelf = None
    if not problems:
        shelf = read_shelf(place) if size_of_place() <= QUICK else kept_shelf(place)
        if shelf is None:
            ring_book(place)
    told = problem_words(document, problems)
    context: dict[str, Any] = {"card": card, "problems": told, "is_working": shelf is None and not problems}
    if shelf is not None:
        names = {band["slug"]: band["name"] for band in document["bands"]}
        effect = effect_of(model_of_document(document), names, shelf, base_of(place))
        accounts = Account.objects.visible_to(current_user(request))
        context |= {"effect": effect, "moves": big_moves(effect, accounts), "distribution": _distribution(effect)}
    return render_part(request, "engagement/scorecards/what_if.html", "what-if", context)


def _distribution(effect: Effect) -> Figure | None:
    """How many accounts stand in each tenth of the range, then against now."""
    before, after = ([counts[place] + counts[place + 1] for place in range(0, BINS, 2)] for counts in effect.histograms)
    places = reversed(range(BINS // 2))
    rows = [Bar(f"{place * 10} – {place * 10 + 10}", after[place], before[place]) for place in places]
    return bars(rows, title=_("Distribution"), unit=_("accounts; the tick is now"), goal_name=_("now"))
