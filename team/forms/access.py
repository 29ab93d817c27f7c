"""Log-in, second factor, password reset, joining."""

import datetime as dt
from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm as AllauthAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as AllauthReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm as AllauthActivateTOTPForm
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from team.addresses import client_address
from team.models import User
from team.services.limits import give_back_try, take_try

CODE_TRIES = 5
LOCK = dt.timedelta(minutes=5)
# A code is good for the step before and after its own, 90 seconds together.
CODE_LIVES = dt.timedelta(seconds=120)


class LoginForm(AllauthLoginForm):  # type: ignore[misc]
    """E-mail and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail")
        self.fields["login"].widget.attrs.update({"autocomplete": "username", "placeholder": ""})
        self.fields["password"].widget.attrs.update({"placeholder": ""})
        self.fields["password"].help_text = ""
        self.fields["remember"].label = _("Keep me signed in for two weeks")
        self.fields["remember"].initial = True


class ResetPasswordForm(AllauthResetPasswordForm):  # type: ignore[misc]
    """An address that may or may not be known: the answer is the same."""

    def clean_email(self) -> str:
        email = str(super().clean_email())
        hour, address = dt.timedelta(hours=1), client_address(context.request)
        allowed = take_try(what="reset", who=email.lower(), limit=5, per=hour)
        if not allowed or not take_try(what="reset_address", who=address, limit=30, per=hour):
            raise ValidationError(_("Too many requests. Try again in an hour."))
        return email


class _CodeMixin:
    """One code, once, with few tries.

    SECURITY: tries are counted before the code is looked at, in the database; a TOTP code that was used is dead at
    once, also for a second request at the same moment.
    """

    user: User
    authenticator: Authenticator
    cleaned_data: dict[str, Any]

    def clean_code(self) -> str:
        who, code = str(self.user.pk), "".join(self.cleaned_data["code"].split())
        if not take_try(what="mfa", who=who, limit=CODE_TRIES, per=LOCK):
            raise ValidationError(_("Too many wrong codes. Try again in five minutes."))
        for found in Authenticator.objects.filter(user=self.user):
            if self._is_right(found, code):
                self.authenticator = found
                give_back_try(what="mfa", who=who)
                return code
        raise ValidationError(_("This code is not right, or was used already."))

    def _is_right(self, found: Authenticator, code: str) -> bool:
        if found.type == Authenticator.Type.TOTP:
            is_valid = totp.validate_totp_code(decrypt(found.data["secret"]), code)
            return is_valid and take_try(what="mfa_code", who=f"{self.user.pk}:{code}", limit=1, per=CODE_LIVES)
        return bool(found.wrap().validate_code(code))


def _dress(field: forms.Field) -> None:
    field.widget.attrs.update(
        {
            "autocomplete": "one-time-code",
            "placeholder": "",
            "autofocus": True,
            "maxlength": "16",
            "spellcheck": "false",
        }
    )


class AuthenticateForm(_CodeMixin, AllauthAuthenticateForm):  # type: ignore[misc]
    """The code that follows the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self.fields["code"])


class ReauthenticateForm(_CodeMixin, AllauthReauthenticateForm):  # type: ignore[misc]
    """A code again, before something delicate."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self.fields["code"])


class ActivateTOTPForm(AllauthActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new authenticator app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self.fields["code"])

    def clean_code(self) -> str:
        who = str(self.user.pk)
        if not take_try(what="mfa_activate", who=who, limit=CODE_TRIES, per=LOCK):
            raise ValidationError(_("Too many wrong codes. Try again in five minutes."))
        code = str(super().clean_code())
        give_back_try(what="mfa_activate", who=who)
        return code


class JoinForm(forms.Form):
    """Name and password of an invited person; address and role are the invitation's."""

    name = forms.CharField(label=_("Your name"), max_length=120)
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters; a sentence is easier to remember than a puzzle."),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if password := cleaned.get("password"):
            try:
                validate_password(password, User(email=self.email, name=cleaned.get("name", "")))
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned
