"""Who changed what, when, from where."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from team.http.access import current_user, requires_role
from team.models import Role, User
from team.selectors.audit import find_visible, model_choices, read_audit
from ui.http import id_in, render_part


@require_safe
@requires_role(Role.ADMIN, Role.MANAGER)
def audit(request: HttpRequest) -> HttpResponse:
    """Everything that was recorded, newest first, by person and by kind."""
    kinds = model_choices()
    slug = request.GET.get("kind", "")
    person = id_in(request.GET.get("person", ""))
    page = read_audit(
        reader=current_user(request),
        slug=slug if slug in dict(kinds) else "",
        user_id=person,
        cursor=request.GET.get("after", ""),
    )
    context = {
        "section": "audit",
        "page": page,
        "kinds": kinds,
        "kind": slug,
        "person": person,
        "people": User.objects.by_name(),
    }
    return render_part(request, "team/audit.html", "entries", context)


@require_safe
def audit_of(request: HttpRequest, model: str, pk: int) -> HttpResponse:
    """The history of one thing, for everybody who may see the thing.

    SECURITY: departments see which fields changed, not from what to what: sums and private notes are among the values.
    """
    user = current_user(request)
    thing = find_visible(slug=model, pk=pk, user=user)
    if thing is None:
        raise Http404
    page = read_audit(reader=user, slug=model, object_id=pk, cursor=request.GET.get("after", ""))
    context = {"page": page, "thing": thing, "back": _page_of(model, pk), "hides_values": user.role == Role.MEMBER}
    return render_part(request, "team/audit_of.html", "entries", context)


def _page_of(model: str, pk: int) -> str:
    """The thing's own page: its URL name is the model's name, or that name with `_page`."""
    for name in (f"{model}_page", model):
        try:
            return reverse(name, args=[pk])
        except NoReverseMatch:
            continue
    return ""
