"""Scorecards to write: a draft from a version or a file, the editor with what it changes, publishing, retiring."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http.editing import undo_url
from accounts.models import Account
from engagement.forms.scorecards import ImportForm, PlaceForm, PublishForm, document_from, take_step
from engagement.http.scorecard_editor import draw_scale, read_editor, shares_of
from engagement.models import Scorecard
from engagement.selectors.card_trials import try_card
from engagement.selectors.scorecard_differences import differences, problem_words
from engagement.selectors.scorecard_documents import Document, Problem, document_of, model_of_document, problems_of
from engagement.selectors.scorecards import scorecards
from engagement.selectors.whatif import QUICK, Shelf, base_of, effect_of, kept_shelf, read_shelf, size_of_place
from engagement.services import scorecards as services
from engagement.tasks.scorecards import ring_book
from engagement.views.scorecards import readable
from team.http.access import current_user, posted, requires_role
from ui.http import go_to, id_in, render_part, say, toast, trigger

EDITOR = "engagement/scorecards/editor.html"


def _draft(pk: int) -> Scorecard:
    found: Scorecard = get_object_or_404(readable(with_drafts=True), pk=pk, published_at=None)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*services.WRITERS)
def scorecard_new(request: HttpRequest) -> HttpResponse:
    """A draft for a segment and a stage, as a copy of a published version (`?from=`)."""
    based_on = id_in(request.GET.get("from", ""))
    source = Scorecard.objects.filter(pk=based_on).first() if based_on else None
    initial: dict[str, Any] = {"based_on": based_on}
    if source is not None:
        initial |= {"segment": source.segment_id, "stage_kind": source.stage_kind}
    form = PlaceForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        copied = data["based_on"]
        card = services.create_draft(
            actor=current_user(request),
            document=document_of(scorecards([copied.pk])[copied.pk]),
            segment=data["segment"],
            stage_kind=data["stage_kind"],
            based_on=copied,
        )
        return go_to(request, reverse("scorecard_edit", args=[card.pk]))
    status = 422 if form.errors else 200
    return render_part(request, "engagement/scorecards/new.html", "dialog", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*services.WRITERS)
def scorecard_import(request: HttpRequest) -> HttpResponse:
    """A draft from a JSON file or text; what is wrong in it is listed."""
    form = ImportForm(posted(request), request.FILES if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            document = services.read_document(data["text"])
        except ValidationError as error:
            for text in error.messages:
                form.add_error(None, text)
        else:
            card = services.create_draft(
                actor=current_user(request), document=document, segment=data["segment"], stage_kind=data["stage_kind"]
            )
            say(request, _("Imported as a draft"))
            return go_to(request, reverse("scorecard_edit", args=[card.pk]))
    status = 422 if form.errors else 200
    return render_part(request, "engagement/scorecards/import.html", "dialog", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*services.WRITERS)
def scorecard_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The editor of a draft. With `do` a row is added or removed and nothing is stored; else all of it is saved."""
    if request.method != "POST":
        return _open(request, pk)
    draft = _draft(pk)
    document = document_from(request.POST)
    step = request.POST.get("do", "")
    if step:
        take_step(document, step)
        opened = step.split(":")[1] if step.startswith(("corner-", "measure-")) and ":" in step else ""
        added = opened if step.startswith("measure-add:") else ""
        is_sorted = "bands" if step == "band-sort" else opened if step.startswith("corner-sort:") else ""
        return _editor(request, draft, document, (), opened=opened, added=added, is_sorted=is_sorted)
    problems = problems_of(document)
    if problems:
        return _editor(request, draft, document, problems, status=422)
    try:
        version = id_in(request.POST.get("version", "")) or 0
        action = services.save_draft(actor=current_user(request), card=draft, document=document, version=version)
    except services.DraftConflict as conflict:
        lines = differences(conflict.theirs, document)
        return _editor(request, draft, document, (), status=409, conflict=lines, version=conflict.version)
    except services.CardRefused as error:
        return _editor(request, draft, document, (Problem("", str(error)),), status=422)
    draft.refresh_from_db()
    text = _("Draft saved") if action else _("Nothing had changed")
    response = _editor(request, draft, document, ())
    return toast(response, text, undo=undo_url(action))


def _open(request: HttpRequest, pk: int) -> HttpResponse:
    """The draft as it is stored; one that was published since is shown, no longer edited."""
    if Scorecard.objects.filter(pk=pk).exclude(published_at=None).exists():
        return go_to(request, reverse("scorecard_card", args=[pk]))
    draft = _draft(pk)
    stored = document_of(scorecards([pk])[pk])
    return _editor(request, draft, stored, problems_of(stored))


def _editor(
    request: HttpRequest,
    draft: Scorecard,
    document: Document,
    problems: Any,
    *,
    opened: str = "",
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    values = {
        "card": draft,
        "editor": read_editor(document, problems, opened=opened),
        "version": draft.version,
        "people": Account.objects.visible_to(current_user(request)).order_by("name")[:8],
        **context,
    }
    return trigger(render_part(request, EDITOR, "card-form", values, status=status), "card-changed")


@require_POST
@requires_role(*services.WRITERS)
def scorecard_effect(request: HttpRequest, pk: int) -> HttpResponse:
    """What the form as it stands would change, over the book and for one account; nothing is stored."""
    draft = _draft(pk)
    document = document_from(request.POST)
    problems = problems_of(document)
    context: dict[str, Any] = {"card": draft, "problems": problem_words(document, problems), "document": document}
    if not problems:
        place = (draft.segment_id, draft.stage_kind)
        shelf: Shelf | None = read_shelf(place) if size_of_place() <= QUICK else kept_shelf(place)
        if shelf is None:
            ring_book(place)
        else:
            names = {band["slug"]: band["name"] for band in document["bands"]}
            context["effect"] = effect_of(model_of_document(document), names, shelf, base_of(place))
        context["shares"] = shares_of(document, problems)
        account = _asked_account(request)
        if account is not None:
            trial = try_card(account=account, model=model_of_document(document))
            held = [(document["exceptions"][place]["name"], after) for place, after in trial.rules]
            context |= {"trial": trial, "held": held}
    response = render_part(request, "engagement/scorecards/effect.html", "effect", context)
    is_waiting = not problems and "effect" not in context
    return trigger(response, "card-waiting") if is_waiting else response


def _asked_account(request: HttpRequest) -> Account | None:
    asked = id_in(request.POST.get("account", ""))
    rows = Account.objects.visible_to(current_user(request))
    return rows.filter(pk=asked).first() if asked else None


@require_safe
@requires_role(*services.WRITERS)
def scorecard_scale(request: HttpRequest, pk: int, measure: str) -> HttpResponse:
    """The picture of one scale as its corners stand in the form, over the book's values."""
    draft = _draft(pk)
    document = document_from(request.GET)
    rule = next((rule for rule in document["measures"] if rule["measure"] == measure), None)
    picture = draw_scale(measure, rule["scale"]) if rule else None
    context = {"card": draft, "code": measure, "picture": picture}
    return render_part(request, "engagement/scorecards/scale.html", "scale", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*services.WRITERS)
def scorecard_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the draft in force, with a note; a run judges its accounts anew."""
    draft = _draft(pk)
    found = scorecards([pk])[pk]
    document = document_of(found)
    base = base_of((draft.segment_id, draft.stage_kind))
    form = PublishForm(posted(request), initial={"version": draft.version})
    if request.method == "POST" and form.is_valid():
        try:
            run = services.publish_draft(actor=current_user(request), card=draft, **form.cleaned_data)
        except ValidationError as error:
            for text in error.messages:
                form.add_error(None, text)
        except services.CardRefused as error:
            form.data = {**request.POST.dict(), "version": str(draft.version)}
            form.add_error(None, str(error))
        else:
            say(request, _("Published: the accounts are judged anew"))
            return go_to(request, reverse("recompute_run", args=[run.pk]))
    lines = differences(document_of(base), document) if base else ()
    context = {"card": draft, "form": form, "base": base, "lines": lines}
    context["problems"] = problem_words(document, problems_of(document))
    status = 422 if form.errors else 200
    return render_part(request, "engagement/scorecards/publish.html", "dialog", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*services.WRITERS)
def scorecard_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away, after asking: it does not come back."""
    draft = _draft(pk)
    if request.method == "POST":
        services.delete_draft(card=draft)
        say(request, _("Draft deleted"))
        return go_to(request, reverse("scorecards"))
    return _confirm(
        request,
        heading=_("Delete the draft?"),
        text=_("Its weights, scales and exceptions are gone for good. Nobody is judged by it."),
        label=_("Delete"),
        card=draft,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*services.WRITERS)
def scorecard_retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a variant out of force, after asking: the next nearest scorecard judges its accounts."""
    card = get_object_or_404(readable(with_drafts=False), pk=pk)
    if request.method == "POST":
        try:
            run = services.retire_variant(actor=current_user(request), card=card)
        except services.CardRefused as error:
            say(request, str(error), is_bad=True)
            return go_to(request, reverse("scorecard_card", args=[pk]))
        say(request, _("Retired: its accounts are judged by the next nearest scorecard"))
        return go_to(request, reverse("recompute_run", args=[run.pk]))
    return _confirm(
        request,
        heading=_("Retire this scorecard?"),
        text=_("Its accounts are judged anew by the next nearest scorecard. Scores of the past keep theirs."),
        label=_("Retire"),
        card=card,
    )


def _confirm(request: HttpRequest, **context: Any) -> HttpResponse:
    return render_part(request, "engagement/scorecards/confirm.html", "dialog", context)
