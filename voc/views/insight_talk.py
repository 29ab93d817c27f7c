"""Watching an insight, and remarks among colleagues."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http.editing import undo_url
from team.http.access import current_user, posted
from ui.http import done, render_part
from voc.forms.insights import CommentForm
from voc.models import Insight, InsightComment
from voc.services import talk as services
from voc.views.decisions import CHANGED
from voc.views.insight_more import readable


@require_POST
def insight_watch(request: HttpRequest, pk: int) -> HttpResponse:
    """Hear what becomes of it, or with `is_watching=0` nothing more."""
    user = current_user(request)
    insight = get_object_or_404(Insight.objects.visible_to(user), pk=pk)
    if request.POST.get("is_watching", "1") == "1":
        services.watch(user=user, insight=insight)
        said = _("You hear what becomes of it")
    else:
        services.unwatch(user=user, insight=insight)
        said = _("You hear nothing more of it")
    return done(request, reverse("insight", args=[pk]), said, event=CHANGED)


@require_POST
def insight_comment(request: HttpRequest, pk: int) -> HttpResponse:
    """A remark."""
    insight = readable(request, pk)
    form = CommentForm(request.POST)
    back = f"{reverse('insight', args=[pk])}#talk"
    if not form.is_valid():
        return done(request, back, _("Write something."))
    services.add_comment(author=current_user(request), insight=insight, text=form.cleaned_data["text"])
    return done(request, back, _("Said"), event=CHANGED)


def _own(request: HttpRequest, pk: int, comment: int) -> InsightComment:
    """The own remark, where its insight is still to be seen; 404 otherwise."""
    rows = InsightComment.objects.filter(insight=readable(request, pk), author=current_user(request))
    return get_object_or_404(rows.filter(removed_at__isnull=True).select_related("insight", "author"), pk=comment)


@require_http_methods(["GET", "HEAD", "POST"])
def insight_comment_edit(request: HttpRequest, pk: int, comment: int) -> HttpResponse:
    """Other words for the own remark."""
    found = _own(request, pk, comment)
    form = CommentForm(posted(request), initial={"text": found.text})
    back = f"{reverse('insight', args=[pk])}#talk"
    if request.method == "POST" and form.is_valid():
        services.edit_comment(actor=current_user(request), comment=found, text=form.cleaned_data["text"])
        return done(request, back, _("Saved"), event=CHANGED)
    context = {
        "insight": found.insight,
        "form": form,
        "dialog_title": _("Change the remark"),
        "save": _("Save"),
        "is_past": False,
    }
    return render_part(request, "voc/decision.html", "dialog", context, status=422 if form.errors else 200)


@require_POST
def insight_comment_remove(request: HttpRequest, pk: int, comment: int) -> HttpResponse:
    """Take the own remark away."""
    action = services.remove_comment(actor=current_user(request), comment=_own(request, pk, comment))
    back = f"{reverse('insight', args=[pk])}#talk"
    return done(request, back, _("Remark removed"), undo=undo_url(action), event=CHANGED)
