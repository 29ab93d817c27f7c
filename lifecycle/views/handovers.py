"""The handover from sales: the form, and what the success team answers."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http.editing import CHANGED, edit_page, undo_url
from accounts.http.naming import editable_account
from accounts.models import Account
from accounts.services.versions import EditConflict
from lifecycle.forms.handovers import HandoverForm, SendBackForm, people_in, person_rows, promise_rows, promised_in
from lifecycle.formulas.handover import ITEMS
from lifecycle.models import Handover
from lifecycle.selectors import handovers as selectors
from lifecycle.services import handovers as services
from team.http.access import current_user, posted
from ui.http import done, render_part


def _plan(account_id: int) -> str:
    return reverse("account_plan", args=[account_id])


def _written_by(request: HttpRequest, account_id: int) -> Account:
    """The account if the user may write its handover, else 404."""
    user = current_user(request)
    rows = Account.objects.visible_to(user).select_related("handover", "csm", "handover__submitted_by")
    account = get_object_or_404(rows, pk=account_id)
    if not selectors.may_hand_over(user=user, account=account):
        raise Http404
    return account


@require_http_methods(["GET", "HEAD", "POST"])
def handover(request: HttpRequest, account_id: int) -> HttpResponse:
    """What sales knows, for sales and success; saved as often as one likes, handed over by the second button."""
    account = _written_by(request, account_id)
    known: Handover | None = getattr(account, "handover", None)
    form = HandoverForm(posted(request), account=account, handover=known)
    promises = promise_rows(posted(request), selectors.promises_in(account))
    people = person_rows(posted(request))
    if request.method == "POST" and all([form.is_valid(), promises.is_valid(), people.is_valid()]):
        is_submitted = request.POST.get("then") == "submit"
        try:
            services.save_handover(
                actor=current_user(request),
                account=account,
                promises=promised_in(promises),
                people=people_in(people),
                version=form.cleaned_data["version"],
                is_submitted=is_submitted,
                **form.values(),
            )
        except ValidationError as error:
            form.refuse(error)
        except (services.HandoverRefused, EditConflict) as error:
            form.add_error(None, str(error))
        else:
            text = _("Handed over") if is_submitted else _("Saved; not handed over yet")
            target = _plan(account.pk) if is_submitted else reverse("handover", args=[account.pk])
            return done(request, target, text)
    context = {
        "account": account,
        "handover": known,
        "form": form,
        "promises": promises,
        "people": people,
        "known_people": selectors.people_in(account),
        "gaps": [ITEMS[name] for name in known.gaps if name in ITEMS] if known else [],
        "percent": round(known.completeness * 100) if known else 0,
        "is_accepted": known is not None and known.state == Handover.State.ACCEPTED,
    }
    status = 422 if request.method == "POST" else 200
    return render_part(request, "lifecycle/handovers/handover.html", "handover", context, status=status)


def _decided_by(request: HttpRequest, account_id: int) -> Handover:
    """The handover if the user edits its account, else 404."""
    account = editable_account(request, account_id)
    rows = Handover.objects.select_related("account", "submitted_by")
    return get_object_or_404(rows, account=account)


@require_POST
def handover_accept(request: HttpRequest, account_id: int) -> HttpResponse:
    """The success team takes the customer over."""
    found = _decided_by(request, account_id)
    action = services.accept_handover(actor=current_user(request), handover=found)
    text = _("Handover accepted") if action else _("It does not wait for a decision")
    return done(request, _plan(account_id), text, undo=undo_url(action), event=CHANGED)


@require_http_methods(["GET", "HEAD", "POST"])
def handover_send_back(request: HttpRequest, account_id: int) -> HttpResponse:
    """Sales is to say more."""
    found, user = _decided_by(request, account_id), current_user(request)
    form = SendBackForm(posted(request))
    return edit_page(
        request,
        form=form,
        save=lambda: services.send_back_handover(actor=user, handover=found, reason=form.cleaned_data["reason"]),
        heading=_("Send the handover back"),
        text=_("Sent back to sales"),
        back=_plan(account_id),
    )


@require_POST
def handover_ask(request: HttpRequest, account_id: int) -> HttpResponse:
    """Ask sales to write the handover."""
    account = editable_account(request, account_id)
    told = services.ask_for_handover(actor=current_user(request), account=account)
    text = ngettext("%(count)s person in sales was asked", "%(count)s people in sales were asked", told)
    words = text % {"count": told} if told else _("Nobody is in the sales department yet")
    return done(request, _plan(account_id), words, event=CHANGED)
