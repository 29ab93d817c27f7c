"""Exchange rates in the settings: what amounts of other currencies are added at."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms.rates import RateForm
from accounts.http.editing import CHANGED, edit_page
from accounts.models import ExchangeRate
from accounts.selectors.rates import rates_by_currency
from accounts.services.rates import delete_rate, save_rate
from team.clock import today
from team.http.access import current_user, posted, requires_role
from team.models import Role
from ui.http import done


@require_safe
@requires_role(Role.ADMIN)
def rates(request: HttpRequest) -> HttpResponse:
    """By currency, newest first; currencies that contracts use without a rate are named."""
    found = rates_by_currency()
    context = {"currencies": found, "missing": [one.currency for one in found if one.is_missing], "section": "rates"}
    return render(request, "accounts/rates.html", context)


@require_http_methods(["GET", "POST"])
@requires_role(Role.ADMIN)
def rate_create(request: HttpRequest) -> HttpResponse:
    """A rate of the same currency and day is replaced."""
    start = {"currency": request.GET.get("currency", "")[:3], "valid_from": today().replace(day=1)}
    return _rate(request, RateForm(posted(request), initial=start), _("New exchange rate"))


@require_http_methods(["GET", "POST"])
@requires_role(Role.ADMIN)
def rate_edit(request: HttpRequest, rate_id: int) -> HttpResponse:
    """What a unit is worth; another day is another rate."""
    rate = get_object_or_404(ExchangeRate, pk=rate_id)
    heading = _("%(currency)s from %(day)s") % {"currency": rate.currency, "day": rate.valid_from.isoformat()}
    return _rate(request, RateForm(posted(request), rate=rate), heading)


def _rate(request: HttpRequest, form: RateForm, heading: str) -> HttpResponse:
    def save() -> None:
        save_rate(actor=current_user(request), **form.cleaned_data)

    return edit_page(request, form=form, save=save, heading=heading, text=_("Saved"), back=reverse("rates"))


@require_POST
@requires_role(Role.ADMIN)
def rate_delete(request: HttpRequest, rate_id: int) -> HttpResponse:
    """The rate before it counts on."""
    rate = get_object_or_404(ExchangeRate, pk=rate_id)
    delete_rate(actor=current_user(request), rate=rate)
    text = _("Deleted the rate of %(currency)s") % {"currency": rate.currency}
    return done(request, reverse("rates"), text, event=CHANGED)
