"""The public links of a survey: make, copy, pause, close, print, start a kiosk."""

from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Account
from team.clock import now
from team.http.access import current_user, posted, requires_editor, requires_role
from team.models import Role
from ui.http import done, render_part
from voc.forms.links import LinkForm
from voc.formulas.definitions import read_definition, text_in
from voc.models import Survey, SurveyLink
from voc.services import links as services
from voc.views.public import KIOSK_COOKIE

READERS = (Role.ADMIN, Role.MANAGER, Role.CSM, Role.VIEWER)
CHANGED = "links-changed"
KIOSK_SECONDS = int(services.KIOSK_RUNS.total_seconds())


def address_of(link: SurveyLink) -> str:
    """Where a link leads. SECURITY: from the setting, never from a request's Host header."""
    name = "kiosk" if link.kind == SurveyLink.Kind.KIOSK else "survey_link_answer"
    return f"{settings.BASE_URL}{reverse(name, args=[link.key])}"


def embed_of(link: SurveyLink) -> str:
    """The one line that a site puts where the survey shall stand."""
    script = f"{settings.BASE_URL}{reverse('widget_script', args=[link.key])}"
    return f'<script src="{script}" async></script>'


def editable_link(request: HttpRequest, pk: int, **which: Any) -> SurveyLink:
    """A link that the person may change: everybody's, or one of an account that they edit; else 404."""
    link = get_object_or_404(SurveyLink.objects.select_related("survey"), pk=pk, **which)
    if link.account_id and not Account.objects.editable_by(current_user(request)).filter(pk=link.account_id).exists():
        raise Http404
    return link


@require_safe
@requires_role(*READERS)
def survey_links(request: HttpRequest, pk: int) -> HttpResponse:
    """Every way into the survey that is nobody's own, with what came in through it."""
    survey, user = get_object_or_404(Survey, pk=pk), current_user(request)
    rows = [
        (link, address_of(link), embed_of(link), services.is_open(link)) for link in services.links_of(survey, user)
    ]
    context = {
        "survey": survey,
        "rows": rows,
        "can_write": user.can_edit,
        "is_published": survey.versions.exists(),
        "now": now(),
    }
    return render_part(request, "voc/links/survey_links.html", "links", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def survey_link_add(request: HttpRequest, pk: int) -> HttpResponse:
    """A new link."""
    survey, user = get_object_or_404(Survey, pk=pk), current_user(request)
    form = LinkForm(posted(request), user=user, survey=survey)
    back = reverse("survey_links", args=[pk])
    if request.method == "POST" and form.is_valid():
        try:
            services.create_link(actor=user, survey=survey, **form.values())
        except ValidationError as error:
            form.refuse(error)
        else:
            return done(request, back, _("The link is there: copy it"), event=CHANGED)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "survey": survey, "back": back, "heading": _("New link")}
    return render_part(request, "voc/links/survey_link_add.html", "dialog", context, status=status)


@require_POST
@requires_editor
def survey_link_pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Pause it, or let it go on."""
    link = editable_link(request, pk)
    services.pause_link(link=link, is_active=not link.is_active)
    text = _("Paused: it takes no answers") if link.is_active else _("It takes answers again")
    return done(request, reverse("survey_links", args=[link.survey_id]), text, event=CHANGED)


@require_POST
@requires_editor
def survey_link_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close it now, or open it again."""
    link = editable_link(request, pk)
    is_closed = link.closes_at is not None and link.closes_at <= now()
    services.close_link(link=link, closes_at=None if is_closed else now())
    text = _("Open again") if is_closed else _("Closed: whoever comes reads that it is over")
    return done(request, reverse("survey_links", args=[link.survey_id]), text, event=CHANGED)


@require_safe
@requires_role(*READERS)
def survey_link_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """A sheet to print and hang up: the question, the QR code, the address."""
    link = get_object_or_404(SurveyLink.objects.select_related("survey", "account"), pk=pk, kind=SurveyLink.Kind.LINK)
    user = current_user(request)
    if link.account_id and not Account.objects.visible_to(user).filter(pk=link.account_id).exists():
        raise Http404
    version = services.open_version(link)
    definition = read_definition(version.definition) if version is not None else None
    question = definition.headline or definition.questions[0] if definition is not None else None
    texts = [text_in(question.text, code) for code in definition.languages] if question and definition else []
    context = {"link": link, "survey": link.survey, "address": address_of(link), "texts": list(dict.fromkeys(texts))}
    return render(request, "voc/links/survey_link_sheet.html", context)


@require_POST
@requires_editor
def kiosk_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Turn this device into the kiosk. SECURITY: signs the person out here, for strangers will hold the device."""
    link = editable_link(request, pk, kind=SurveyLink.Kind.KIOSK)
    path = reverse("kiosk", args=[link.key])
    logout(request)
    response = HttpResponseRedirect(path)
    response.set_cookie(
        KIOSK_COOKIE,
        services.start_kiosk(link),
        max_age=KIOSK_SECONDS,
        path=path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response
