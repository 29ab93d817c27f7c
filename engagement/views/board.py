"""The board of what customers say and do, and the card of one account."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.http.lists import csm_choices, segment_choices
from accounts.models import Account
from accounts.selectors.sizes import is_quick
from engagement.models import SayDo
from engagement.selectors.board import (
    MOST_DOTS,
    TONES,
    Board,
    Spot,
    read_board,
    read_density,
    read_spots,
    stand_of,
    stands_of,
)
from team.http.access import current_user
from team.http.reports import query_of, report_of
from team.models import User
from ui import formats
from ui.charts import Dot, Figure, quadrant
from ui.hooks import default_currency
from ui.http import id_in, render_part


@dataclass(frozen=True, slots=True)
class BoardFigures:
    """The board, the dots of the scatter of `seen` accounts, and above `MOST_DOTS` how many stand where."""

    board: Board
    spots: list[Spot]
    seen: int
    density: list[list[tuple[int, int]]] | None


def board_report(user: User, params: QueryDict) -> BoardFigures:
    """A report of settings.REPORTS, of a segment and a person's book (`csm`, an id) where they are named."""
    stands = stands_of(user, segment=params.get("segment", ""), csm=id_in(params.get("csm", "")))
    spots, seen = read_spots(stands, user)
    return BoardFigures(read_board(stands, user), spots, seen, _density(stands) if seen > MOST_DOTS else None)


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Nine fields with counts and money, who moved in 28 days, and everybody on two axes."""
    user = current_user(request)
    segment, csm = request.GET.get("segment", ""), request.GET.get("csm", "")
    segments, people = segment_choices(user), csm_choices(user)
    if segment and segment not in dict(segments):
        raise Http404
    owner = user.pk if csm == "me" else id_in(csm) if csm else None
    if csm and owner is None:
        raise Http404
    if csm == "me":
        # A report is shared by all who see everything, and each of them is another "me".
        asked = request.GET.copy()
        asked["csm"] = str(user.pk)
        request.GET = asked  # type: ignore[assignment]
    report = report_of(request, "board", is_quick=is_quick(user))
    figures: BoardFigures | None = report.figures if report else None
    context = {
        "report": report,
        "report_query": query_of(request),
        "board": figures.board if figures else None,
        "charts": _charts(figures.spots) if figures and figures.spots else None,
        "density": figures.density if figures else None,
        "spots": len(figures.spots) if figures else 0,
        "seen": figures.seen if figures else 0,
        "segments": segments,
        "people": people,
        "segment": segment,
        "csm": csm,
        "narrowed": _list_query(segment, csm),
        "is_filtered": bool(segment or csm),
    }
    return render_part(request, "engagement/board/board.html", "board", context)


def _list_query(segment: str, csm: str) -> str:
    """The same narrowing for the list of accounts."""
    segments = f"&segment={segment}" if segment else ""
    return segments + (f"&owner={csm}" if csm else "")


def _charts(spots: list[Spot]) -> tuple[Figure, Figure]:
    labels = dict(SayDo.Field.choices)
    dots = [
        Dot(
            name=spot.name,
            x=spot.do,
            y=spot.say,
            size=spot.arr if spot.arr is not None else 1,
            tone=TONES[spot.field],
            url=spot.url,
            note=_note(spot, str(labels[spot.field])),
        )
        for spot in spots
    ]
    corners = (_("Hollow praise"), _("Advocates"), _("Zombies"), _("Leaving"))
    large, small = (
        quadrant(
            dots,
            title=_("Everybody of whom both sides are observed"),
            corners=corners,
            axes=(_("What they do"), _("What they say")),
            tinted=2,
            slot=slot,
        )
        for slot in ("l", "s")
    )
    return large, small


def _note(spot: Spot, label: str) -> str:
    if spot.arr is None:
        return label
    return f"{label} · {formats.compact_money(spot.arr, default_currency())}"


def _density(stands: QuerySet[SayDo]) -> list[list[tuple[int, int]]]:
    """Rows of squares, the best-spoken first: (count, shade 0 to 9)."""
    squares = read_density(stands)
    most = max((count for _column, _row, count in squares), default=1)
    counts = {(column, row): count for column, row, count in squares}
    return [
        [
            (count, min(9, round(9 * (count / most) ** 0.5)))
            for column in range(10)
            for count in (counts.get((column, row), 0),)
        ]
        for row in range(9, -1, -1)
    ]


@require_safe
def say_do_card(request: HttpRequest, pk: int) -> HttpResponse:
    """What one account says and does, with quotes and figures; beside a page as a drawer."""
    user = current_user(request)
    account = get_object_or_404(Account.objects.visible_to(user), pk=pk)
    context = {"account": account, "stand": stand_of(account, user)}
    return render_part(request, "engagement/board/say_do.html", "drawer", context)
