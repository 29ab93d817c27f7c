"""This is not for me: another person, a new job, a colleague who knows more."""

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from voc.http.links import form_token, language_for, render_gone, render_public, speaking
from voc.http.presses import doubt_about_press
from voc.models import Invitation
from voc.selectors.invitations import invitation_of
from voc.services import signals
from voc.services.responses import is_over
from voc.services.tokens import preference_token


class ColleagueForm(forms.Form):
    """Whom to ask instead."""

    email = forms.EmailField(label=_("Your colleague's mail address"), max_length=254)
    name = forms.CharField(label=_("Name"), max_length=160, required=False)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def survey_elsewhere(request: HttpRequest, token: str) -> HttpResponse:
    """Three buttons behind a personal link. SECURITY: only a POST by a person does anything; a colleague gets a mail
    within their own contact budget."""
    invitation = invitation_of(token)
    if invitation is None:
        return render_gone(request, language=language_for(request, "en"))
    language = language_for(request, invitation.language)
    subject = f"elsewhere:{invitation.digest}"
    said, doubt, outcome, form = request.POST.get("said", ""), "", "", ColleagueForm()
    if request.method == "POST":
        doubt = doubt_about_press(request, subject, language)
        form = ColleagueForm(request.POST) if said == "pass" else form
        with speaking(language):
            if not doubt and (said != "pass" or form.is_valid()):
                outcome = act(invitation, said, form)
            elif said == "pass":
                form.is_valid()
    context = {
        "contact": invitation.contact,
        "survey": invitation.version.survey,
        "token": token,
        "form": form,
        "outcome": outcome,
        "doubt": doubt,
        "is_over": is_over(invitation) or invitation.state == Invitation.State.ANSWERED,
        "form_token": form_token(subject, is_asked_again=bool(doubt)),
        "preferences": preference_token(invitation.contact),
    }
    status = 422 if request.method == "POST" and not outcome else 200
    return render_public(request, "voc/answers/elsewhere.html", context, language=language, status=status)


def act(invitation: Invitation, said: str, form: ColleagueForm) -> str:
    """Do what the pressed button says; returns what to tell."""
    if said == "not_me":
        signals.say_not_me(contact=invitation.contact)
    elif said == "left":
        signals.say_left(contact=invitation.contact)
    elif said == "pass" and not is_over(invitation):
        given = form.cleaned_data
        return signals.pass_on(invitation=invitation, email=given["email"], name=given["name"]).outcome
    else:
        return ""
    return said
