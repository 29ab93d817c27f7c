"""Initiatives: the list, the page of one, made, edited, started, shipped, dropped, and what customers read of it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http.editing import newest_action, undo_url
from team.clock import today
from team.http.access import current_user, posted
from team.models import ActionLog, User
from ui.http import done, go_to, id_in, render_part, say
from ui.lists import build_list, list_response
from voc.forms.initiatives import InitiativeForm, NewInitiativeForm, ReasonForm, ShipForm, TextsForm
from voc.http.initiative_effect import effect_context
from voc.http.initiative_list import initiative_list, is_late, state_badge
from voc.models import Initiative, Theme
from voc.selectors.initiatives import (
    fact_words,
    may_begin,
    may_take,
    read_asks,
    read_rules,
    read_voters,
    with_weight,
)
from voc.services.initiatives import writing
from voc.services.initiatives.asking import add_insights, may_vote
from voc.services.initiatives.settling import AT_ONCE, settle_shipped
from voc.services.initiatives.texts import save_texts
from voc.services.insights import NotAllowedNow, Overtaken
from voc.tasks import ring_initiatives

CHANGED = "initiative-changed"
# So many insights are offered when one is made from a theme; others are added afterwards.
OFFERED = 40
DIALOG = "voc/initiatives/dialog.html"
Words = str | Promise


@require_safe
def initiatives(request: HttpRequest) -> HttpResponseBase:
    """All that the reader may see, heaviest first."""
    user = current_user(request)
    rows = with_weight(Initiative.objects.visible_to(user)).select_related("department", "owner", "theme")
    page = build_list(request, initiative_list(user), rows)
    return list_response(request, "voc/initiatives/initiatives.html", page, {"may_begin": may_begin(user)})


def visible(request: HttpRequest, pk: int) -> Initiative:
    """The initiative, or 404."""
    rows = Initiative.objects.visible_to(current_user(request)).select_related("department", "owner", "theme")
    return get_object_or_404(rows, pk=pk)


def editable(request: HttpRequest, pk: int) -> Initiative:
    """The initiative, for those who lead its department; 404 for everybody else."""
    rows = Initiative.objects.editable_by(current_user(request)).select_related("department", "owner", "theme")
    return get_object_or_404(rows, pk=pk)


def answer_form(
    request: HttpRequest,
    form: forms.Form,
    *,
    title: Words,
    act: Callable[[Any], object],
    said: Words,
    back: str,
    save: Words = "",
    intro: Words = "",
    template: str = DIALOG,
    more: dict[str, object] | None = None,
) -> HttpResponse:
    """Show a form, or act on it; what does not fit now is said on the form. What `act` returns may be taken back."""
    if request.method == "POST" and form.is_valid():
        try:
            found = act(form.cleaned_data)
        except (NotAllowedNow, Overtaken) as refusal:
            form.add_error(None, str(refusal))
        else:
            undo = undo_url(found) if isinstance(found, ActionLog) else None
            return done(request, back, said, undo=undo, event=CHANGED)
    context = {
        "form": form, "dialog_title": title, "save": save or _("Save"), "back": back, "intro": intro, **(more or {})
    }  # fmt: skip
    return render_part(request, template, "dialog", context, status=422 if form.errors else 200)


@require_safe
def initiative(request: HttpRequest, pk: int) -> HttpResponse:
    """One: what it is about, who asks, what it changed."""
    user, found = current_user(request), visible(request, pk)
    may_edit = Initiative.objects.editable_by(user).filter(pk=pk).exists()
    tellings = dict.fromkeys(("draft", "queued", "sent", "left_out"), 0)
    if found.state == Initiative.State.SHIPPED:
        for state in found.tellings.values_list("state", flat=True):
            tellings[state] += 1
    voters = read_voters(initiative=found, user=user)
    context = {
        "initiative": found,
        "state": state_badge(found),
        "about": _facts(found, voters.weight, voters.count),
        "voters": voters,
        "asks": read_asks(initiative=found, user=user),
        "rules": read_rules(initiative=found, user=user),
        "texts": list(found.texts.order_by("language")),
        "tellings": tellings,
        "told_all": sum(tellings.values()),
        "may_edit": may_edit,
        "may_vote": may_vote(user, found),
        "is_late": is_late(found),
        "is_open": found.state not in Initiative.OVER,
        **effect_context(found),
    }
    return render_part(request, "voc/initiatives/initiative.html", "initiative", context)


def _facts(found: Initiative, weight: str, count: int) -> list[tuple[object, object]]:
    pairs: list[tuple[object, object]] = [(_("Department"), found.department.name)]
    pairs.append((_("Owner"), found.owner.name if found.owner else _("Nobody yet")))
    if found.theme:
        pairs.append((_("Theme"), found.theme.name))
    pairs += [(_("Accounts that ask"), count), (_("Their ARR"), weight)]
    if found.fact:
        pairs.append((_("Fact it shall move"), fact_words(found.fact)))
    return pairs


def _offered(request: HttpRequest, user: User, theme: Theme | None) -> list[int]:
    """Insights to begin with: `?insight=` (several), else open ones on the theme."""
    asked = [pk for text in request.GET.getlist("insight")[:OFFERED] if (pk := id_in(text))]
    rows = may_take(user).order_by("priority", "pk")
    if asked:
        return list(rows.filter(pk__in=asked).values_list("pk", flat=True))
    if theme is None:
        return []
    return list(rows.filter(theme=theme).exclude(state="declined").values_list("pk", flat=True)[:OFFERED])


@require_http_methods(["GET", "HEAD", "POST"])
def initiative_add(request: HttpRequest) -> HttpResponse:
    """A new one, from a theme (`?theme=`), from insights (`?insight=`), or from nothing."""
    user = current_user(request)
    if not may_begin(user):
        raise Http404
    theme = Theme.objects.filter(pk=id_in(request.GET.get("theme", "")) or 0).first()
    offered = _offered(request, user, theme)
    first = may_take(user).filter(pk__in=offered[:1]).select_related("theme").first() if theme is None else None
    theme = theme or (first.theme if first else None)
    start: dict[str, Any] = {"insights": offered, "owner": user.pk, "theme": theme}
    start["title"] = first.title if first else (theme.name if theme else "")
    start["department"] = first.department_id if first else (theme.department_id if theme else None)
    form = NewInitiativeForm(posted(request), user=user, offered=offered, initial=start)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        insights = [one.pk for one in data.pop("insights", [])]
        try:
            made = writing.make_initiative(actor=user, **data)
        except PermissionDenied:
            raise Http404 from None
        undo = undo_url(newest_action(user))
        add_insights(actor=user, initiative=made, insights=insights)
        url = reverse("initiative", args=[made.pk])
        say(request, _("Initiative made"), undo=undo)
        return go_to(request, url)
    passed = len(request.GET.getlist("insight")[:OFFERED]) - len(offered)
    words = ngettext("%(n)d more cannot ask for it: %(why)s.", "%(n)d more cannot ask for it: %(why)s.", passed)
    why = _("not of your departments, over, or asking for other work")
    context = {
        "form": form, "dialog_title": _("New initiative"), "save": _("Begin"), "back": reverse("initiatives"),
        "intro": words % {"n": passed, "why": why} if passed > 0 else "", "is_grid": True,
    }  # fmt: skip
    return render_part(request, DIALOG, "dialog", context, status=422 if form.errors else 200)


@require_POST
def initiative_from(request: HttpRequest) -> HttpResponse:
    """Picked rows of a queue become one: on to the form, with them in it."""
    if not may_begin(current_user(request)):
        raise Http404
    asked = [("insight", pk) for text in request.POST.getlist("selected")[:OFFERED] if (pk := id_in(text))]
    return HttpResponseRedirect(f"{reverse('initiative_add')}?{urlencode(asked)}")


@require_http_methods(["GET", "HEAD", "POST"])
def initiative_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """What it is about."""
    user, found = current_user(request), editable(request, pk)
    form = InitiativeForm(posted(request), user=user, initiative=found, initial=InitiativeForm.start_of(found))

    def act(data: dict[str, Any]) -> object:
        return writing.edit_initiative(actor=user, initiative=found, **data)

    back = reverse("initiative", args=[pk])
    return answer_form(request, form, title=_("Edit"), act=act, said=_("Saved"), back=back, more={"is_grid": True})


@require_POST
def initiative_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Work has begun."""
    return _move(request, pk, writing.start_initiative, _("Started"))


@require_POST
def initiative_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """What was dropped goes on."""
    return _move(request, pk, writing.reopen_initiative, _("Taken up again"))


def _move(request: HttpRequest, pk: int, step: Callable[..., ActionLog | None], said: str) -> HttpResponse:
    found, back = editable(request, pk), reverse("initiative", args=[pk])
    try:
        action = step(actor=current_user(request), initiative=found)
    except Overtaken as refusal:
        return done(request, back, str(refusal), event=CHANGED)
    return done(request, back, said, undo=undo_url(action), event=CHANGED)


@require_http_methods(["GET", "HEAD", "POST"])
def initiative_ship(request: HttpRequest, pk: int) -> HttpResponse:
    """It is out: a few drafts for those who asked are written at once, the rest by a worker."""
    user, found = current_user(request), editable(request, pk)
    form = ShipForm(posted(request), initial={"shipped_on": today()})

    def act(data: dict[str, Any]) -> object:
        action = writing.ship_initiative(actor=user, initiative=found, **data)
        if action is not None:
            settle_shipped(initiative=found, limit=AT_ONCE)
            ring_initiatives()
        return action

    intro = _("What asked for it is acted on, and everybody who asked gets a draft. Nothing is sent before you say so.")
    back = reverse("initiative", args=[pk])
    return answer_form(
        request, form, title=_("It shipped"), act=act, said=_("Shipped"), back=back, save=_("It shipped"), intro=intro
    )


@require_http_methods(["GET", "HEAD", "POST"])
def initiative_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """It will not be done, and why."""
    user, found = current_user(request), editable(request, pk)
    form = ReasonForm(posted(request))
    return answer_form(
        request, form, title=_("Drop"), said=_("Dropped"), back=reverse("initiative", args=[pk]), save=_("Drop"),
        act=lambda data: writing.drop_initiative(actor=user, initiative=found, **data),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def initiative_texts(request: HttpRequest, pk: int) -> HttpResponse:
    """What customers read about it, in each language."""
    user, found = current_user(request), editable(request, pk)
    form = TextsForm(posted(request), initiative=found)

    def act(data: dict[str, Any]) -> object:
        return save_texts(actor=user, initiative=found, texts=form.texts(), is_public=data["is_public"])

    return answer_form(
        request, form, title=_("What customers read"), act=act, said=_("Saved"), back=reverse("initiative", args=[pk])
    )
