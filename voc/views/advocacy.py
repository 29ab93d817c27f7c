"""The advocacy desk: requests, asking, answers, whom to ask, how often they say yes."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http.editing import CHANGED, edit_page, undo_url
from accounts.models import Account, Contact
from team.clock import today
from team.http.access import current_user, posted
from team.models import Role, User
from ui.charts import Estimate, Figure, band
from ui.formats import percent
from ui.http import done, id_in, render_part
from ui.lists import build_list, list_response
from voc.forms.advocacy import AnswerForm, AskForm, ChooseForm, RequestForm, WantedForm
from voc.formulas.advocacy import Quarter, judge_trend
from voc.http.advocacy import REQUESTS, answer_words, is_overdue
from voc.models import AdvocacyRequest
from voc.selectors.advocacy import askable_accounts, find_candidates, may_open_desk, read_check, read_quarters
from voc.services import advocacy as services
from voc.services.insights import NotAllowedNow, Overtaken


def desk_user(request: HttpRequest, *, writes: bool = False) -> User:
    """Who works at the desk; 404 for members of other departments, and for viewers where something is written."""
    user = current_user(request)
    # SECURITY: requests name accounts, people and what they think of us.
    if not may_open_desk(user) or (writes and user.role == Role.VIEWER):
        raise Http404
    return user


@require_safe
def advocacy(request: HttpRequest) -> HttpResponseBase:
    """Every request that the user may see, newest first."""
    user = desk_user(request)
    page = build_list(request, REQUESTS, AdvocacyRequest.objects.visible_to(user))
    context = {"may_ask": user.role != Role.VIEWER}
    return list_response(request, "voc/advocacy/requests.html", page, context)


@require_safe
def advocacy_candidates(request: HttpRequest) -> HttpResponse:
    """Whom one would ask first, with reasons; of accounts that marketing may not see, the number."""
    user = desk_user(request)
    context = {"found": find_candidates(user), "may_ask": user.role != Role.VIEWER}
    return render_part(request, "voc/advocacy/candidates.html", "candidates", context)


@require_safe
def advocacy_rate(request: HttpRequest) -> HttpResponse:
    """How often they say yes, by quarter, and whether that changed."""
    user = desk_user(request)
    kind = request.GET.get("kind", "")
    if kind and kind not in AdvocacyRequest.Kind.values:
        raise Http404
    rows = AdvocacyRequest.objects.visible_to(user)
    quarters = read_quarters(rows.filter(kind=kind) if kind else rows, today=today())
    kinds = [("", _("Everything")), *AdvocacyRequest.Kind.choices]
    context = {
        "quarters": quarters[::-1],
        "trend": judge_trend(quarters),
        "charts": (rate_chart(quarters, "l"), rate_chart(quarters, "s")),
        "kinds": [(f"?kind={value}" if value else "?", words, value == kind) for value, words in kinds],
        "has_any": any(one.n or one.waiting for one in quarters),
    }
    return render_part(request, "voc/advocacy/rate.html", "rate", context)


def rate_chart(quarters: list[Quarter], slot: str) -> Figure | None:
    """The share of yes inside its interval; quarters without an answer are left out."""
    points = [
        Estimate(one.starts_on, rate.value, rate.low, rate.high, rate.n)
        for one in quarters
        for rate in (one.rate,)
        if rate.value is not None and rate.low is not None and rate.high is not None
    ]
    unit = _("by quarter of asking")
    return band(points, title=_("Share of yes"), unit=unit, slot=slot, low=0, high=1, write=percent)


def chosen_account(request: HttpRequest, user: User) -> Account | None:
    """The account in the address, if the user may ask it; 404 for any other."""
    raw = request.GET.get("account", "")
    if not raw:
        return None
    rows = askable_accounts(user).select_related("summary", "csm", "segment")
    return get_object_or_404(rows, pk=id_in(raw))


def _chosen_contact(request: HttpRequest, account: Account) -> Contact | None:
    raw = id_in(request.POST.get("contact", "") or request.GET.get("contact", ""))
    return Contact.objects.filter(account=account, pk=raw).first() if raw else None


@require_http_methods(["GET", "HEAD", "POST"])
def advocacy_ask(request: HttpRequest) -> HttpResponse:
    """First whom, then what they say and do and what is open there, then the question."""
    user = desk_user(request, writes=True)
    account = chosen_account(request, user)
    if account is None:
        return _choose(request, user)
    contact = _chosen_contact(request, account)
    check = read_check(account=account, user=user, contact=contact)
    is_warned = bool(check.warnings)
    start = {"contact": contact, "kind": request.GET.get("kind") or "reference"}
    form = AskForm(posted(request), account=account, is_warned=is_warned, initial=start)
    if request.method == "POST" and form.is_valid():
        fields = {"has_seen": False, **form.cleaned_data}
        try:
            made, action = services.ask_account(actor=user, account=account, **fields)
        except ValidationError as error:
            form.refuse(error)
        else:
            url = reverse("advocacy_request", args=[made.pk])
            return done(request, url, _("Noted: %(name)s was asked") % {"name": account.name}, undo=undo_url(action))
    context = {"form": form, "check": check, "account": account}
    return render_part(request, "voc/advocacy/ask.html", "ask", context, status=422 if form.errors else 200)


def _choose(request: HttpRequest, user: User) -> HttpResponse:
    """Which account; without a script the choice comes here once more."""
    form = ChooseForm(posted(request), user=user)
    if request.method == "POST" and form.is_valid():
        return redirect(f"{reverse('advocacy_ask')}?account={form.cleaned_data['account'].pk}")
    status = 422 if form.errors else 200
    return render_part(request, "voc/advocacy/ask.html", "ask", {"choose": form}, status=status)


def _visible(request: HttpRequest, user: User, pk: int, *, writes: bool = False) -> AdvocacyRequest:
    rows = AdvocacyRequest.objects.editable_by(user) if writes else AdvocacyRequest.objects.visible_to(user)
    return get_object_or_404(rows.select_related("account__csm", "contact", "asked_by", "touchpoint"), pk=pk)


@require_safe
def advocacy_request(request: HttpRequest, pk: int) -> HttpResponse:
    """One request: what spoke against it, what they said, what came of it."""
    user = desk_user(request)
    shown = _visible(request, user, pk)
    others = AdvocacyRequest.objects.filter(account=shown.account_id).exclude(pk=shown.pk).select_related("contact")
    context = {
        "asked": shown,
        "answer_words": answer_words(shown),
        "is_overdue": is_overdue(shown),
        "others": others.order_by("-asked_on", "-pk")[:5],
        "works": shown.works.order_by("-pk"),
        "may_write": user.role != Role.VIEWER,
        "may_answer": user.role != Role.VIEWER and shown.answer in AdvocacyRequest.UNCLEAR,
    }
    return render_part(request, "voc/advocacy/request.html", "request", context)


@require_http_methods(["GET", "HEAD", "POST"])
def advocacy_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """What they said; an old link, or a second person's, hears what became of it."""
    user = desk_user(request, writes=True)
    asked = _visible(request, user, pk, writes=True)
    form = AnswerForm(posted(request), request=asked)
    if request.method == "POST" and form.is_valid():
        try:
            action = services.record_answer(actor=user, request=asked, **form.cleaned_data)
        except (NotAllowedNow, Overtaken) as error:
            form.add_error(None, str(error))
        else:
            url = reverse("advocacy_request", args=[pk])
            return done(request, url, _("Answer noted"), undo=undo_url(action), event=CHANGED)
    context = {"form": form, "asked": asked, "is_past": asked.answer not in AdvocacyRequest.UNCLEAR}
    return render_part(request, "voc/advocacy/answer.html", "dialog", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def advocacy_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Whom, what for, by when."""
    user = desk_user(request, writes=True)
    asked = _visible(request, user, pk, writes=True)
    form = RequestForm(posted(request), instance=asked)

    def save() -> None:
        services.edit_request(actor=user, request=asked, version=form.started_from, **form.values())

    back = reverse("advocacy_request", args=[pk])
    heading = f"{asked.get_kind_display()}: {asked.account.name}"
    return edit_page(request, form=form, save=save, heading=heading, text=_("Saved"), back=back)


@require_http_methods(["GET", "HEAD", "POST"])
def advocacy_wanted(request: HttpRequest) -> HttpResponse:
    """Marketing does not know whom: the CSMs of the best candidates get a task."""
    user = desk_user(request, writes=True)
    form = WantedForm(posted(request), initial={"kind": "reference"})
    if request.method == "POST" and form.is_valid():
        number = services.look_for(actor=user, **form.cleaned_data)
        words = ngettext("%(n)s CSM was asked", "%(n)s CSMs were asked", number) % {"n": number}
        return done(request, reverse("advocacy_candidates"), words if number else _("Nobody fits just now"))
    context = {"form": form}
    return render_part(request, "voc/advocacy/wanted.html", "dialog", context, status=422 if form.errors else 200)
