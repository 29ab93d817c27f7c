"""The business review: composing it with the slides in sight, and having files made of it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Account
from team.http.access import current_user
from team.models import User
from ui.http import go_to, render_part, say, toast, wants_part
from ui.pango import CURE, has_pango
from workspace.forms import DeckForm
from workspace.formulas.decks import Composition
from workspace.models import DeckJob
from workspace.selectors.decks import composition_for, newest_jobs, read_review
from workspace.services.decks.jobs import ask_for_file, compose_deck
from workspace.services.decks.preview import slides_html
from workspace.tasks.decks import ring_deck

TEMPLATE = "workspace/account_review.html"


def _account(request: HttpRequest, account_id: int) -> Account:
    """The account if the user edits it, else 404: the result is a file on it, and goes to its people."""
    editable = Account.objects.editable_by(current_user(request)).with_summary()
    return get_object_or_404(editable.select_related("csm", "segment"), pk=account_id)


def _context(account: Account, user: User, form: DeckForm, composition: Composition) -> dict[str, Any]:
    review = read_review(account=account, user=user, composition=composition)
    return {
        "account": account,
        "deck_form": form,
        # SECURITY: made by a template that escapes every text.
        "slides": mark_safe(slides_html(review, target="web")),  # noqa: S308
        "shown": len(review.slides),
        "jobs": newest_jobs(account),
        "has_pango": has_pango(),
        "cure": CURE,
    }


@require_http_methods(["GET", "POST"])
def account_review(request: HttpRequest, account_id: int) -> HttpResponse:
    """The builder. A POST keeps the composition and answers with the slides as they are now."""
    account, user = _account(request, account_id), current_user(request)
    composition = composition_for(account)
    form = DeckForm(request.POST if request.method == "POST" else None, composition=composition)
    if request.method == "POST":
        if not form.is_valid():
            return render_part(
                request, TEMPLATE, ("form", "preview"), _context(account, user, form, composition), status=422
            )
        composition = form.composition()
        compose_deck(actor=user, account=account, composition=composition)
        if not wants_part(request):
            say(request, _("Saved"))
            return go_to(request, reverse("account_review", args=[account.pk]))
    return render_part(request, TEMPLATE, "preview", _context(account, user, form, composition))


@require_POST
def review_make(request: HttpRequest, account_id: int, kind: str) -> HttpResponse:
    """Have a file made of what stands in the form; the list of files follows it by itself."""
    account, user = _account(request, account_id), current_user(request)
    if kind not in DeckJob.Kind.values:
        raise Http404
    form = DeckForm(request.POST, composition=composition_for(account))
    if not form.is_valid():
        context = _context(account, user, form, composition_for(account))
        return render_part(request, TEMPLATE, ("form", "preview"), context, status=422)
    if kind == DeckJob.Kind.PDF and not has_pango():
        return _told(request, account, str(CURE))
    job = ask_for_file(actor=user, account=account, composition=form.composition(), kind=kind)
    ring_deck(job.pk)
    if not wants_part(request):
        return go_to(request, reverse("account_review", args=[account.pk]))
    return render_part(request, TEMPLATE, "files", {"account": account, "jobs": newest_jobs(account)})


def _told(request: HttpRequest, account: Account, words: str) -> HttpResponse:
    if wants_part(request):
        context = {"account": account, "jobs": newest_jobs(account)}
        return toast(render_part(request, TEMPLATE, "files", context), words, is_bad=True)
    say(request, words, is_bad=True)
    return go_to(request, reverse("account_review", args=[account.pk]))


@require_safe
def review_job(request: HttpRequest, account_id: int, job_id: int) -> HttpResponse:
    """One file on its way; asked again by itself until it is there."""
    account = _account(request, account_id)
    jobs = DeckJob.objects.filter(account=account).select_related("asked_by", "file")
    job = get_object_or_404(jobs, pk=job_id)
    if not wants_part(request):
        return go_to(request, reverse("account_review", args=[account.pk]))
    return render_part(request, "workspace/decks/job.html", "job", {"account": account, "job": job})
