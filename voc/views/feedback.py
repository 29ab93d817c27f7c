"""The inbox of feedback that no rule placed: nothing waits in silence."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from team.http.access import current_user, posted, requires_editor, requires_role
from team.models import Role
from ui.http import done, render_part
from ui.lists import Column, Empty, Filter, ListSpec, build_list, list_response
from voc.forms.insights import RouteForm
from voc.models import Feedback
from voc.services.feedback import set_handled
from voc.services.routing import Unroutable, place
from voc.views.cells import feedback_actions, feedback_words, sentiment_badge

READERS = (Role.ADMIN, Role.MANAGER, Role.CSM, Role.VIEWER)
CHANGED = "feedback-changed"

FEEDBACK = ListSpec(
    name="feedback",
    label=gettext_lazy("Feedback without a department"),
    default_sort="-received_at",
    search=("text",),
    columns=(
        Column("text", gettext_lazy("What was said"), cell=feedback_words, width="fill", rank=1, is_fixed=True),
        Column("account", gettext_lazy("Account"), source="account.name", width="lg", sort="account__name"),
        Column("contact", gettext_lazy("Who"), source="contact.name", width="lg", rank=3),
        Column(
            "source", gettext_lazy("By"), cell=lambda row: row.get_source_display(), width="sm", sort="source", rank=3
        ),
        Column("sentiment", gettext_lazy("Sentiment"), cell=sentiment_badge, width="md", sort="sentiment", rank=2),
        Column(
            "received_at", gettext_lazy("When"), kind="time", width="sm", sort="received_at", is_descending_first=True
        ),
        Column("actions", gettext_lazy("Actions"), cell=feedback_actions, is_exported=False, width="sm", rank=1),
    ),
    filters=(
        Filter("source", gettext_lazy("By"), path="source", choices=Feedback.Source.choices),
        Filter("language", gettext_lazy("Language"), kind="text", path="language"),
    ),
    empty=Empty(
        gettext_lazy("Everything has found its department"),
        gettext_lazy("What no routing rule fits waits here."),
        icon="inbox",
    ),
)


@require_safe
@requires_role(*READERS)
def feedback(request: HttpRequest) -> HttpResponseBase:
    """Feedback that no rule placed and nobody has looked at."""
    rows = Feedback.objects.visible_to(current_user(request)).unrouted().select_related("account", "contact")
    return list_response(request, "voc/feedback.html", build_list(request, FEEDBACK, rows))


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def feedback_route(request: HttpRequest, pk: int) -> HttpResponse:
    """Put one piece into a department's queue by hand."""
    user = current_user(request)
    rows = Feedback.objects.visible_to(user).filter(quoted_in__isnull=True)
    found = get_object_or_404(rows.select_related("account__summary", "contact"), pk=pk)
    tag = found.tags.order_by("id").first()
    form = RouteForm(posted(request), initial={"theme": tag.theme_id if tag else None})
    if request.method == "POST" and form.is_valid():
        try:
            place(feedback=found, actor=user, **form.cleaned_data)
        except Unroutable as error:
            form.add_error(None, str(error))
        else:
            return done(request, reverse("feedback"), _("It is in the queue"), event=CHANGED)
    context = {"feedback": found, "form": form}
    return render_part(request, "voc/feedback_route.html", "dialog", context, status=422 if form.errors else 200)


@require_POST
@requires_editor
def feedback_handled(request: HttpRequest, pk: int) -> HttpResponse:
    """Looked at; needs no insight."""
    found = get_object_or_404(Feedback.objects.visible_to(current_user(request)), pk=pk)
    set_handled(feedback=found, is_handled=True)
    return done(request, reverse("feedback"), _("Noted"), event=CHANGED)
