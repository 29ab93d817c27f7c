"""Themes: the tree with its volume and accuracy, proposed topics, and corrections of single readings."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http.editing import newest_action, undo_url
from team.http.access import current_user, posted, requires_editor, requires_role
from team.models import Role, User
from ui.http import done, render_part
from voc.forms.themes import CorrectionForm, MergeForm, ThemeForm, TopicForm
from voc.models import Feedback, Theme, Topic
from voc.selectors.inbox import LANGUAGE_NAMES
from voc.selectors.understanding import read_accuracy, read_drift, read_topics, read_tree
from voc.services.understanding import correcting, topics, tree
from voc.tasks import ring_understand

READERS = (Role.ADMIN, Role.MANAGER, Role.CSM, Role.VIEWER)
WRITERS = (Role.ADMIN, Role.MANAGER)
CHANGED = "themes-changed"


@require_safe
@requires_role(*READERS)
def themes(request: HttpRequest) -> HttpResponse:
    """The tree, how right the readings are, and topics that no theme covers."""
    user = current_user(request)
    accuracy = [(reading_name(one.name), one) for one in read_accuracy() if not one.name.startswith("theme ")]
    context = {
        "groups": read_tree(user),
        "topics": read_topics(user),
        "accuracy": accuracy,
        "drift": [reading_name(name) for name in read_drift()],
        "can_write": user.role in WRITERS,
    }
    return render_part(request, "voc/themes/themes.html", "themes", context)


def reading_name(name: str) -> str:
    """What was read, for people: `sentiment da`, `language`, `theme Prices`."""
    kind, _space, what = name.partition(" ")
    if kind == "sentiment":
        return _("Mood, %(language)s") % {"language": LANGUAGE_NAMES.get(what, what)}
    return _("Theme %(name)s") % {"name": what} if kind == "theme" else _("Language")


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*WRITERS)
def theme_add(request: HttpRequest) -> HttpResponse:
    """A new theme."""
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*WRITERS)
def theme_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Name, group, department and keywords."""
    return _edit(request, get_object_or_404(Theme.objects.in_use(), pk=pk))


def _undo(user: User) -> str | None:
    return undo_url(newest_action(user))


def _edit(request: HttpRequest, theme: Theme | None) -> HttpResponse:
    user = current_user(request)
    form = ThemeForm(posted(request), theme=theme, initial=ThemeForm.start_of(theme) if theme else None)
    if request.method == "POST" and form.is_valid():
        try:
            if theme is None:
                tree.create_theme(actor=user, **form.arguments())
            else:
                tree.edit_theme(actor=user, theme=theme, **form.arguments())
        except tree.BadTree as error:
            form.add_error("parent", str(error))
        else:
            return done(request, reverse("themes"), _("Theme saved"), event=CHANGED, undo=_undo(user))
    context = {"form": form, "theme": theme}
    return render_part(request, "voc/themes/theme.html", "dialog", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*WRITERS)
def theme_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything of this theme goes to another one."""
    user, theme = current_user(request), get_object_or_404(Theme.objects.in_use(), pk=pk)
    form = MergeForm(posted(request), theme=theme)
    if request.method == "POST" and form.is_valid():
        moved = tree.merge_themes(actor=user, theme=theme, into=form.cleaned_data["into"])
        words = _("Merged, %(n)s pieces moved") % {"n": moved}
        return done(request, reverse("themes"), words, event=CHANGED, undo=_undo(user))
    context = {"form": form, "theme": theme}
    return render_part(request, "voc/themes/merge.html", "dialog", context, status=422 if form.errors else 200)


@require_POST
@requires_role(*WRITERS)
def theme_retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Nothing new is tagged with it."""
    user = current_user(request)
    tree.retire_theme(actor=user, theme=get_object_or_404(Theme, pk=pk))
    return done(request, reverse("themes"), _("Theme retired"), event=CHANGED, undo=_undo(user))


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*WRITERS)
def topic_accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a theme of it."""
    user, topic = current_user(request), get_object_or_404(Topic, pk=pk, state=Topic.State.PROPOSED)
    form = TopicForm(posted(request), initial={"name": ", ".join(topic.words[:2]).capitalize()})
    if request.method == "POST" and form.is_valid():
        topics.accept_topic(actor=user, topic=topic, **form.cleaned_data)
        return done(request, reverse("themes"), _("It is a theme now"), event=CHANGED, undo=_undo(user))
    context = {"form": form, "topic": topic}
    return render_part(request, "voc/themes/topic.html", "dialog", context, status=422 if form.errors else 200)


@require_POST
@requires_role(*WRITERS)
def topic_dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Not a topic of ours."""
    user = current_user(request)
    topics.dismiss_topic(actor=user, topic=get_object_or_404(Topic, pk=pk))
    return done(request, reverse("themes"), _("It is not proposed again"), event=CHANGED, undo=_undo(user))


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def feedback_correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct one reading: mood, language, a theme more or less."""
    user = current_user(request)
    found = get_object_or_404(Feedback.objects.editable_by(user), pk=pk)
    form = CorrectionForm(posted(request), labels=Feedback.Label.choices)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if data["label"]:
            correcting.correct_label(actor=user, feedback=found, label=data["label"])
        if data["language"] and correcting.correct_language(actor=user, feedback=found, language=data["language"]):
            ring_understand(found.pk)
        if data["add"]:
            correcting.add_theme(actor=user, feedback=found, theme=data["add"])
        if data["remove"]:
            correcting.remove_theme(actor=user, feedback=found, theme=data["remove"])
        url = reverse("feedback_page", args=[found.pk])
        return done(request, url, _("Noted, it learns from this"), event="feedback-changed", undo=_undo(user))
    tagged = list(Theme.objects.filter(tags__feedback=found))
    context = {
        "feedback": found,
        "form": form,
        "labels": Feedback.Label.choices,
        "tagged": tagged,
        "themes": Theme.objects.in_use().exclude(pk__in=[theme.pk for theme in tagged]),
        "languages": ("en", "da", "zh", "de", "fr", "es", "sv", "no", "nl", "it", "pt", "ja"),
    }
    return render_part(request, "voc/themes/correct.html", "dialog", context, status=422 if form.errors else 200)
