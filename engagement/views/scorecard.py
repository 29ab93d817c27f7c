"""The published scorecard, so that nobody needs to guess."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from engagement.selectors.scorecards import describe, published_scorecards


@require_safe
def scorecard(request: HttpRequest) -> HttpResponse:
    """Components, weights, measures, scales and bands of every scorecard in force; read-only."""
    cards = [(card, describe(card)) for card in published_scorecards()]
    return render(request, "engagement/scorecard.html", {"cards": cards})
