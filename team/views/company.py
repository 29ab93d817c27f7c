"""The company's settings, for admins: the install, its days off, its departments."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from team.clock import today
from team.forms.settings import CompanyForm, DepartmentForm, HolidayForm
from team.http.access import posted, requires_role
from team.models import Department, Holiday, Role
from team.selectors.install import read_install
from team.selectors.people import list_departments
from team.services.departments import add_holiday, edit_department, remove_holiday
from team.services.install import edit_install
from ui.http import done, say

admins_only = requires_role(Role.ADMIN)


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def company(request: HttpRequest) -> HttpResponse:
    """Name, money, time, and whether everybody needs a second factor."""
    form = CompanyForm(posted(request), instance=read_install())
    if request.method == "POST" and form.is_valid():
        edit_install(**form.cleaned_data)
        say(request, _("Saved"))
        return redirect("company")
    context = {"section": "company", "form": form, "holiday_form": HolidayForm(), "holidays": _coming_holidays()}
    return render(request, "team/settings/company.html", context, status=422 if form.is_bound else 200)


@require_POST
@admins_only
def holiday_add(request: HttpRequest) -> HttpResponse:
    form = HolidayForm(request.POST)
    if form.is_valid():
        add_holiday(**form.cleaned_data)
        say(request, _("Added"))
        return redirect("company")
    context = {
        "section": "company",
        "form": CompanyForm(instance=read_install()),
        "holiday_form": form,
        "holidays": _coming_holidays(),
    }
    return render(request, "team/settings/company.html", context, status=422)


@require_POST
@admins_only
def holiday_remove(request: HttpRequest, pk: int) -> HttpResponse:
    remove_holiday(holiday=get_object_or_404(Holiday, pk=pk))
    return done(request, reverse("company"), _("Removed"), event="holidays-changed")


@require_safe
@admins_only
def departments(request: HttpRequest) -> HttpResponse:
    context = {"section": "departments", "departments": list_departments()}
    return render(request, "team/settings/departments.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def department(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Department, slug=slug)
    names = ("name", "lead", "opens_at", "closes_at", "time_zone", "sla_hours")
    initial = {name: getattr(found, name) for name in names} | {"members": found.people.all()}
    form = DepartmentForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        edit_department(department=found, **form.cleaned_data)
        say(request, _("Saved"))
        return redirect("departments")
    context = {"section": "departments", "department": found, "form": form}
    return render(request, "team/settings/department.html", context, status=422 if form.is_bound else 200)


def _coming_holidays() -> list[Holiday]:
    return list(Holiday.objects.filter(day__gte=today()).order_by("day")[:100])
