"""The contact budget: the rules in the settings, tried before they are saved; the ledger of accounts and of people."""

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms.budget import BudgetRulesForm, compare_rules
from accounts.formulas.budget import BudgetRules
from accounts.http.editing import undo_url
from accounts.models import Account, BudgetTrial, Contact
from accounts.selectors.budget import budget_rules, coming_asks, ledger_of_account, ledger_of_contact
from accounts.selectors.budget.trials import read_trial
from accounts.services.budget import ask_for_budget_trial, save_rules, work_on_budget_trial
from accounts.services.budget.trials import is_small
from accounts.tasks.budget import ring_budget_trial
from team.clock import now
from team.http.access import current_user, posted, requires_role
from team.models import Role
from ui.http import done, go_to, render_part


@require_http_methods(["GET", "POST"])
@requires_role(Role.ADMIN)
def contact_budget(request: HttpRequest) -> HttpResponse:
    """The rules; other numbers are tried on the last 12 months first."""
    rules = budget_rules()
    tried = request.GET.get("trial", "")
    trial = BudgetTrial.objects.filter(pk=int(tried)).first() if tried.isdecimal() and len(tried) < 10 else None
    form = BudgetRulesForm(posted(request), initial=trial.rules if trial else asdict(rules))
    if request.method == "POST" and form.is_valid():
        asked = ask_for_budget_trial(actor=current_user(request), rules=form.rules())
        if is_small():
            work_on_budget_trial(trial_id=asked.pk)
        else:
            ring_budget_trial(asked.pk)
        return go_to(request, reverse("budget_trial", args=[asked.pk]))
    context = {"form": form, "section": "contact_budget", "is_default": rules == BudgetRules()}
    return render_part(
        request, "accounts/budget/rules.html", "rules", context, status=422 if request.method == "POST" else 200
    )


@require_safe
@requires_role(Role.ADMIN)
def budget_trial(request: HttpRequest, trial_id: int) -> HttpResponse:
    """What the numbers would have changed; from here they are saved."""
    trial = get_object_or_404(BudgetTrial.objects.select_related("asked_by"), pk=trial_id)
    context = {
        "trial": trial,
        "changes": compare_rules(budget_rules(), BudgetRules(**trial.rules)),
        "page": read_trial(trial) if trial.state == BudgetTrial.State.DONE else None,
        "section": "contact_budget",
    }
    return render_part(request, "accounts/budget/trial.html", "trial", context)


@require_POST
@requires_role(Role.ADMIN)
def budget_rules_save(request: HttpRequest, trial_id: int) -> HttpResponse:
    """Save the rules that were tried."""
    trial = get_object_or_404(BudgetTrial, pk=trial_id)
    action = save_rules(actor=current_user(request), rules=BudgetRules(**trial.rules))
    text = _("The contact budget is saved") if action else _("These rules count already")
    return done(request, reverse("contact_budget"), text, undo=undo_url(action))


@require_safe
def account_budget(request: HttpRequest, account_id: int) -> HttpResponse:
    """The account's year, its people with their next free day, who will be asked this quarter, the last mails."""
    user = current_user(request)
    account = get_object_or_404(Account.objects.visible_to(user), pk=account_id)
    context = {
        "account": account,
        "ledger": ledger_of_account(account, at=now()),
        "coming": coming_asks(account, at=now()),
    }
    return render_part(request, "accounts/budget/account.html", ("account-budget", "budget-card"), context)


@require_safe
def contact_ledger(request: HttpRequest, contact_id: int) -> HttpResponse:
    """What a person got, and what may go now."""
    visible = Contact.objects.visible_to(current_user(request)).select_related("account")
    contact = get_object_or_404(visible, pk=contact_id)
    context = {"contact": contact, "ledger": ledger_of_contact(contact, at=now())}
    return render_part(request, "accounts/budget/contact.html", "contact-ledger", context)
