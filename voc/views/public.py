"""Answering without a personal link: a page, a widget in somebody's site, a kiosk. No cookie, no trace of a person."""

import secrets
from dataclasses import dataclass, replace
from io import BytesIO

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from voc.formulas.answers import AnswerValue, Posted, ScreenRead
from voc.formulas.definitions import Definition, text_in
from voc.formulas.flow import screen_after, screens_of
from voc.formulas.tokens import digest_of
from voc.formulas.understanding.language import short
from voc.http import answering
from voc.http.answering import AT, MOVE, Frame, Screen
from voc.http.links import doubts_of, form_token, language_for, read_form_token, render_public, speaking
from voc.models import Response, SurveyLink, SurveyVersion
from voc.selectors.definitions import definition_of, seconds_of
from voc.services.links import is_open, is_started, open_version
from voc.services.responses import is_editable, stored_answers, take_public
from voc.tasks import ring_follow_up

VISIT_SALT = "voc.visit"
VISIT_LIVES = 86400
# SECURITY: at a kiosk the next person must not get back to what the one before chose.
KIOSK_VISIT_LIVES, KIOSK_PAGE_LIVES = 120, 900
KIOSK_COOKIE = "kiosk"
KIOSK_THANKS = 10  # seconds
EMBED = "embed"
QR_CODE = "segno.make"  # slow to load, and seldom asked for


@dataclass(frozen=True)
class Door:
    """One request to a public link, with what this visit has answered so far."""

    link: SurveyLink
    version: SurveyVersion
    definition: Definition
    language: str
    visit: str
    response: Response | None
    answers: dict[str, AnswerValue]
    is_embedded: bool

    @property
    def is_kiosk(self) -> bool:
        return self.link.kind == SurveyLink.Kind.KIOSK

    @property
    def path(self) -> str:
        return reverse("kiosk" if self.is_kiosk else "survey_link_answer", args=[self.link.key])

    @property
    def params(self) -> str:
        """What every address of this visit carries."""
        return f"&v={self.visit}" + (f"&{EMBED}=1" if self.is_embedded else "")

    @property
    def digest(self) -> str:
        return visit_digest(self.visit)

    def url(self, query: str) -> str:
        """This page again, in the same visit."""
        return f"{self.path}?{query}&lang={self.language}{self.params}"


def new_visit(number: str = "") -> str:
    """A visit's token: a random number and, by its signature, when its page was made."""
    return signing.dumps(number or secrets.token_urlsafe(18), salt=VISIT_SALT)


def visit_number(token: str, lives: int) -> str:
    """The number in a visit's token; "" for one that is not ours or too old."""
    try:
        return str(signing.loads(token, salt=VISIT_SALT, max_age=lives))
    except signing.BadSignature:
        return ""


def visit_digest(token: str) -> str:
    """What a response keeps of a visit until it is whole."""
    return digest_of("visit:" + str(signing.loads(token, salt=VISIT_SALT)))


def link_behind(key: str, *kinds: str) -> SurveyLink:
    """The link of a key, or 404."""
    rows = SurveyLink.objects.select_related("survey", "account__summary", "account__segment")
    link = rows.filter(key=key, kind__in=kinds).first()
    if link is None:
        raise Http404
    return link


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def survey_link_answer(request: HttpRequest, key: str) -> HttpResponse:
    """A public survey, a screen at a time.

    SECURITY: exempt from CSRF: nobody is signed in here, nothing but this form's own token is believed, and a page in a
    frame of another site gets no cookie. The policy names the sites that may frame it.
    """
    link = link_behind(key, SurveyLink.Kind.LINK, SurveyLink.Kind.WIDGET)
    response = answer(request, link)
    if link.kind == SurveyLink.Kind.WIDGET:
        response._csp_replace = {"frame-ancestors": link.origins}  # type: ignore[attr-defined]
        response.xframe_options_exempt = True
    return response


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def kiosk(request: HttpRequest, key: str) -> HttpResponse:
    """The same on a device that the team started; each person begins anew. SECURITY: as survey_link_answer."""
    link = link_behind(key, SurveyLink.Kind.KIOSK)
    if not is_started(link, request.COOKIES.get(KIOSK_COOKIE, "")):
        return closed(request, link, status=403, is_not_started=True)
    return answer(request, link)


def answer(request: HttpRequest, link: SurveyLink) -> HttpResponse:
    """A screen, what follows a submit, or a kind word when the link is closed."""
    version = open_version(link)
    is_done = request.method != "POST" and "done" in request.GET
    if version is None or not (is_open(link) or is_done):
        return closed(request, link)
    door = door_of(request, link, version)
    if request.method == "POST":
        return take(request, door)
    if is_done:
        return thanks(request, door)
    screens = screens_of(door.definition, door.answers)
    asked = answering.screen_at(door.definition, door.answers, request.GET.get(AT, ""))
    is_edit = "edit" in request.GET and door.response is not None and is_editable(door.response)
    left = screens[0] if is_edit else asked or answering.screen_to_resume(door.definition, door.answers)
    return thanks(request, door) if left is None else show(request, door, left)


def door_of(request: HttpRequest, link: SurveyLink, version: SurveyVersion) -> Door:
    """What this visit has answered; a token that is missing, old or spent begins a new visit."""
    is_post, is_kiosk = request.method == "POST", link.kind == SurveyLink.Kind.KIOSK
    lives = VISIT_LIVES if not is_kiosk else KIOSK_PAGE_LIVES if is_post else KIOSK_VISIT_LIVES
    number = visit_number((request.POST if is_post else request.GET).get("v", ""), lives)
    visit = new_visit(number)
    response = None
    if number:
        rows = Response.objects.filter(session_digest=visit_digest(visit), link=link).select_related("version")
        response = rows.first()
    if response is not None:
        version = response.version
    definition = definition_of(version)
    return Door(
        link=link,
        version=version,
        definition=definition,
        language=language_for(request, browser_language(request, definition)),
        visit=visit,
        response=response,
        answers=stored_answers(response) if response is not None else {},
        is_embedded=EMBED in request.GET,
    )


def browser_language(request: HttpRequest, definition: Definition) -> str:
    """The language that the browser asks for, if the survey speaks it; else its first one."""
    wanted = short(translation.get_language_from_request(request))
    return wanted if wanted in definition.languages else definition.languages[0]


def take(request: HttpRequest, door: Door) -> HttpResponse:
    """A submitted screen: stored and on, asked once more, or shown again with what is missing."""
    posted = answering.posted_of(request)
    screens = screens_of(door.definition, door.answers)
    screen = answering.screen_at(door.definition, door.answers, request.POST.get(AT, ""))
    age = read_form_token(request.POST.get("form", ""), f"link:{door.link.key}")
    if screen is None or age.seconds is None or not visit_number(request.POST.get("v", ""), VISIT_LIVES):
        with speaking(door.language):
            notice = _("This page was open for too long. Please send again.")
        return show(request, door, screens[0], notice=notice, status=422)
    read = answering.read_form(door.definition, screen, posted)
    shown = replace(door, answers={**door.answers, **read.answers})
    if doubts_of(request, age):
        return show(request, shown, screen, posted=posted, is_asked_again=True)
    return store(request, shown, screen, posted, read, seconds=age.seconds)


def store(
    request: HttpRequest, door: Door, screen: Screen, posted: Posted, read: ScreenRead, *, seconds: float
) -> HttpResponse:
    """What a person sent, and where they go on. `door` knows it already."""
    asked = [question.id for question in screen]
    taken = take_public(
        link=door.link,
        version=door.version,
        visit=door.digest,
        answers=read.answers,
        language=door.language,
        asked=asked,
        seconds=seconds,
        is_draft=bool(read.problems) or MOVE in posted,
    )
    if taken.outcome == "full":
        return closed(request, door.link, status=429, is_full=True)
    if read.problems and taken.outcome != "gone":
        return show(request, door, screen, posted=posted, problems=read.problems, status=422)
    if taken.has_news and door.link.account_id is not None:
        ring_follow_up()
    following = screen if MOVE in posted else screen_after(door.definition, door.answers, asked[-1])
    is_at_end = following is None or taken.outcome in {"gone", "closed"}
    query = "done=1" if is_at_end or following is None else f"{AT}={following[0].id}"
    return HttpResponseRedirect(door.url(query), status=303)


def show(
    request: HttpRequest,
    door: Door,
    screen: Screen,
    *,
    notice: str = "",
    posted: Posted | None = None,
    problems: dict[str, str] | None = None,
    is_asked_again: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The form of a screen; what was tapped in a mail is chosen on it, and counts with Send alone."""
    account = door.link.account
    tapped, option = (None, {}) if request.method == "POST" else tapped_in_mail(request, door, screen)
    frame = Frame(
        language=door.language,
        action=f"{door.path}?{EMBED}=1" if door.is_embedded else door.path,
        form=form_token(f"link:{door.link.key}", is_asked_again=is_asked_again),
        visit=door.visit,
        names={"account.name": account.name} if account is not None else {},
        params=door.params,
        notice=notice,
        seconds=seconds_of(door.version),
        tapped=tapped,
        is_asked_again=is_asked_again,
        is_anonymous=account is None,
        is_embedded=door.is_embedded,
        is_kiosk=door.is_kiosk,
    )
    # SECURITY: a kiosk never shows what was chosen before, whoever presses Back.
    known = {} if door.is_kiosk and request.method != "POST" else option | door.answers
    return answering.render_screen(
        request,
        door.definition,
        door.answers,
        screen,
        frame=frame,
        survey=door.link.survey,
        posted=posted,
        problems=problems,
        status=status,
        filled=known,
    )


def tapped_in_mail(request: HttpRequest, door: Door, screen: Screen) -> tuple[int | None, dict[str, AnswerValue]]:
    """The number or the option of a mail's link, while this visit has said nothing else; nothing is stored."""
    headline = door.definition.headline
    if door.is_kiosk or (headline is not None and headline.id in door.answers):
        return None, {}
    tapped = answering.tapped_number(door.definition, request.GET.get("a", ""))
    return tapped, answering.tapped_option(screen, request.GET.get("o", ""))


def thanks(request: HttpRequest, door: Door) -> HttpResponse:
    """Thank you; a kiosk goes on to the next person."""
    can_edit = door.response is not None and door.response.account_id is not None and is_editable(door.response)
    context = {
        "survey": door.link.survey,
        "words": text_in(door.definition.thanks, door.language),
        "is_anonymous": door.link.account_id is None,
        "edit_url": door.url("edit=1") if can_edit and not door.is_kiosk else "",
        "restart": door.path if door.is_kiosk else "",
        "is_embedded": door.is_embedded,
    }
    response = render_public(request, "voc/answers/thanks.html", context, language=door.language)
    if door.is_kiosk:
        response.headers["Refresh"] = f"{KIOSK_THANKS}; url={door.path}"
    return response


def closed(request: HttpRequest, link: SurveyLink, *, status: int = 410, **why: bool) -> HttpResponse:
    """Not now: paused, over, full for this hour, not started."""
    language = language_for(request, "en")
    context = {"survey": link.survey, "is_embedded": EMBED in request.GET, **why}
    return render_public(request, "voc/answers/gone.html", context, language=language, status=status)


@login_not_required
@require_safe
def widget_script(request: HttpRequest, key: str) -> HttpResponse:
    """The one script that a site loads: it puts the survey's frame where it stands."""
    link = link_behind(key, SurveyLink.Kind.WIDGET)
    address = f"{settings.BASE_URL}{reverse('survey_link_answer', args=[link.key])}?{EMBED}=1"
    context = {"address": address, "is_open": is_open(link)}
    response = render(request, "voc/answers/widget.js", context, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@login_not_required
@require_safe
def link_qr(request: HttpRequest, key: str, form: str) -> HttpResponse:
    """The QR code of a link, as SVG or PNG."""
    link = link_behind(key, SurveyLink.Kind.LINK)
    code = import_string(QR_CODE)(
        f"{settings.BASE_URL}{reverse('survey_link_answer', args=[link.key])}", error="m", micro=False
    )
    out = BytesIO()
    code.save(
        out, kind=form, scale=12 if form == "png" else 8, border=4, **({"xmldecl": False} if form == "svg" else {})
    )
    kind = "image/png" if form == "png" else "image/svg+xml"
    response = HttpResponse(out.getvalue(), content_type=kind)
    response.headers["Cache-Control"] = "public, max-age=86400"
    if "download" in request.GET:
        response.headers["Content-Disposition"] = f'attachment; filename="survey-{link.pk}.{form}"'
    return response


@login_not_required
@require_safe
def brand_style(request: HttpRequest, color: str) -> HttpResponse:
    """A survey's own colour as a style sheet, for the policy allows no style in the page. SECURITY: six hex digits."""
    response = HttpResponse(f":root {{ --fill: #{color}; }}\n", content_type="text/css; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
