"""Listening coverage: where we hear, where we are deaf, who sees to it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Persona
from team.http.access import current_user, posted, requires_role
from team.models import Role
from team.selectors.install import install_of_request
from ui.charts.heat import bin_of
from ui.csv import csv_response
from ui.formats import NOTHING, number, percent
from ui.http import done, render_part
from ui.lists import Column, Empty, ListSpec, build_list, list_response
from voc.forms.coverage import CellForm
from voc.formulas.results.words import p_words
from voc.models import ListeningCell, ListeningFinding
from voc.selectors.coverage import (
    SPANS,
    Cell,
    Coverage,
    accounts_of_cell,
    is_persona,
    read_asking,
    read_coverage,
    read_findings,
)
from voc.services.coverage import plan_cell

READERS = (Role.ADMIN, Role.MANAGER, Role.CSM, Role.VIEWER)
CHANGED = "coverage-changed"
LOOKS = {f"{word}-{span}": (word == "heard", span) for word in ("heard", "unheard") for span in SPANS}
SHOWN = 12
LONGEST_STAGE = 60
PERSONAS = dict(Persona.choices)
CHANNELS = dict(ListeningCell.Channel.choices)

BEHIND = ListSpec(
    name="coverage_accounts",
    label=gettext_lazy("Accounts of a cell"),
    default_sort="-arr",
    search=("name",),
    row_url=lambda row: reverse("account", args=[row.pk]),
    columns=(
        Column("name", gettext_lazy("Account"), width="fill", sort="name", rank=1, is_fixed=True),
        Column(
            "arr",
            gettext_lazy("ARR"),
            kind="money",
            source="summary.arr",
            sort="summary__arr",
            tie="summary__account_id",
            width="sm",
            rank=1,
            is_descending_first=True,
            needs=lambda rows: rows.select_related("summary"),
        ),
        Column(
            "renews",
            gettext_lazy("Renews"),
            kind="day",
            source="summary.renews_on",
            sort="summary__renews_on",
            tie="summary__account_id",
            width="sm",
        ),
        Column("csm", gettext_lazy("CSM"), kind="person", source="csm.name", width="lg", rank=3,
               needs=lambda rows: rows.select_related("csm")),
    ),
    empty=Empty(gettext_lazy("No account here"), gettext_lazy("The cell has none of this kind."), icon="building-2"),
)  # fmt: skip


def _span(request: HttpRequest) -> int:
    return 180 if request.GET.get("days") == "180" else 90


@require_safe
@requires_role(*READERS)
def coverage(request: HttpRequest) -> HttpResponseBase:
    """Personas by stage and channel with the share heard; plans; who never answers; where we ask too much."""
    user = current_user(request)
    span, by = _span(request), "arr" if request.GET.get("by") == "arr" else "accounts"
    found = read_coverage(user)
    if request.GET.get("format") == "csv":
        return csv_response("listening-coverage.csv", *export_rows(found))
    cells = found.listed()
    shows_all = request.GET.get("cells") == "all"
    context = {
        "found": found,
        "span": span,
        "by": by,
        "spans": [(days, f"?days={days}&by={by}", days == span) for days in SPANS],
        "measures": [
            (words, f"?days={span}&by={key}", key == by)
            for key, words in (("accounts", _("Accounts")), ("arr", _("ARR")))
        ],
        "table": heat_rows(found, span, by),
        "plans": [plan_row(cell, span) for cell in (cells if shows_all else cells[:SHOWN])],
        "without_owner": sum(cell.needs_owner for cell in cells),
        "all_cells": "" if shows_all or len(cells) <= SHOWN else f"?days={span}&by={by}&cells=all",
        "can_plan": user.role in {Role.ADMIN, Role.MANAGER},
        "asking": [asking_row(one) for one in read_asking(user)],
        "never": read_findings(user, ListeningFinding.Kind.NEVER_ANSWERS, limit=SHOWN),
        "silent": read_findings(user, ListeningFinding.Kind.SILENT_ROLE, limit=SHOWN),
        "often": read_findings(user, ListeningFinding.Kind.ASKED_OFTEN, limit=SHOWN),
        "personas": PERSONAS,
        "currency": install_of_request().currency,
    }
    return render_part(request, "voc/coverage/coverage.html", "coverage", context)


def heat_rows(found: Coverage, span: int, by: str) -> list[tuple[str, list[tuple[str, list[dict[str, Any] | None]]]]]:
    """One block per persona: a row per channel, a cell per stage."""
    rows = []
    for persona, persona_words in PERSONAS.items():
        lines = []
        for channel, channel_words in CHANNELS.items():
            cells = [found.cells.get((persona, stage, channel)) for stage in found.stages]
            lines.append((str(channel_words), [heat_cell(cell, span, by) if cell else None for cell in cells]))
        rows.append((str(persona_words), lines))
    return rows


def heat_cell(cell: Cell, span: int, by: str) -> dict[str, Any]:
    """A cell of the heat table: its shade, its words, the accounts behind it."""
    share = cell.share(span, by)
    words = {
        "heard": number(cell.heard[span]),
        "accounts": number(cell.accounts),
        "known": number(cell.known),
        "days": span,
    }
    title = (
        _("%(heard)s of %(accounts)s accounts heard in %(days)s days; at %(known)s of them we know somebody") % words
    )
    return {
        "url": drill_url(cell, span),
        "bin": bin_of(share, 0, 1) if share is not None and not cell.is_left_out else None,
        "text": _("left out") if cell.is_left_out else NOTHING if share is None else percent(share),
        "title": title,
        "needs_owner": cell.needs_owner,
    }


def drill_url(cell: Cell, span: int) -> str:
    """The accounts behind a cell that were not heard."""
    return reverse("coverage_accounts", args=[f"unheard-{span}", cell.persona, cell.channel, cell.stage])


def plan_row(cell: Cell, span: int) -> dict[str, Any]:
    """One line of the plans."""
    return {
        "cell": cell,
        "persona": PERSONAS.get(cell.persona, cell.persona),
        "channel": CHANNELS[cell.channel],
        "share": percent(cell.share(span, "accounts")),
        "arr_share": percent(cell.share(span, "arr")),
        "url": drill_url(cell, span),
        "edit_url": reverse("coverage_cell", args=[cell.persona, cell.channel, cell.stage]),
    }


def asking_row(one: Any) -> dict[str, Any]:
    """One persona of "where we ask too much", with the verdict in words."""
    change = one.change
    verdict = _("too few to say")
    if change.is_told:
        verdict = _("no evidence of change")
        if change.is_clear:
            word = _("falling, %(p)s") if one.is_falling else _("rising, %(p)s")
            verdict = word % {"p": p_words(change.p)}
    return {
        "one": one,
        "persona": PERSONAS.get(one.persona, _("not known")),
        "per_person": number(one.per_person, 1),
        "now": percent(one.now[0] / one.now[1]) if one.now[1] else NOTHING,
        "before": percent(one.before[0] / one.before[1]) if one.before[1] else NOTHING,
        "verdict": verdict,
    }


def export_rows(found: Coverage) -> tuple[list[object], list[list[object]]]:
    """The whole table as rows."""
    head: list[object] = [
        *(_("Persona"), _("Stage"), _("Channel"), _("Accounts"), _("Somebody known")),
        *(_("Heard in 90 days"), _("Heard in 180 days"), _("ARR"), _("ARR heard in 90 days")),
        *(_("ARR heard in 180 days"), _("How"), _("Owner"), _("Rhythm in days"), _("Left out")),
    ]
    rows: list[list[object]] = []
    for cell in found.listed():
        plan = cell.plan
        rows.append(
            [
                *(PERSONAS.get(cell.persona, cell.persona), cell.stage, CHANNELS[cell.channel]),
                *(cell.accounts, cell.known, cell.heard[90], cell.heard[180]),
                *(cell.arr, cell.arr_heard[90], cell.arr_heard[180]),
                *(plan.method if plan else "", plan.owner.name if plan and plan.owner else ""),
                *(plan.every_days if plan else None, cell.is_left_out),
            ]
        )
    return head, rows


@require_safe
@requires_role(*READERS)
def coverage_accounts(request: HttpRequest, look: str, persona: str, channel: str, stage: str) -> HttpResponseBase:
    """The accounts behind a cell. `look`: unheard-90, heard-180 ..."""
    if look not in LOOKS or not is_persona(persona) or channel not in CHANNELS:
        raise Http404
    heard, span = LOOKS[look]
    user = current_user(request)
    rows = accounts_of_cell(user, persona=persona, stage=stage, channel=channel, span=span, heard=heard)
    page = build_list(request, BEHIND, rows)
    context = {
        "title": f"{PERSONAS[persona]}, {stage}, {CHANNELS[channel]}",
        "heard": heard,
        "span": span,
        "heard_url": reverse("coverage_accounts", args=[f"heard-{span}", persona, channel, stage]),
        "unheard_url": reverse("coverage_accounts", args=[f"unheard-{span}", persona, channel, stage]),
    }
    return list_response(request, "voc/coverage/accounts.html", page, context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(Role.ADMIN, Role.MANAGER)
def coverage_cell(request: HttpRequest, persona: str, channel: str, stage: str) -> HttpResponse:
    """Who listens to one persona in one stage over one channel, how and how often."""
    if not is_persona(persona) or channel not in CHANNELS or len(stage) > LONGEST_STAGE:
        raise Http404
    known = ListeningCell.objects.filter(persona=persona, stage=stage, channel=channel).first()
    form = CellForm(posted(request), instance=known)
    if request.method == "POST" and form.is_valid():
        plan_cell(actor=current_user(request), persona=persona, stage=stage, channel=channel, **form.cleaned_data)
        return done(request, reverse("coverage"), _("Plan saved"), event=CHANGED)
    context = {"form": form, "title": f"{PERSONAS[persona]}, {stage}, {CHANNELS[channel]}"}
    return render_part(request, "voc/coverage/cell.html", "dialog", context, status=422 if form.errors else 200)
