"""How allauth behaves here: nobody signs up, guesses are counted per address, secrets are encrypted."""

import base64
import datetime as dt
from typing import Any, cast
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils.encoding import force_bytes
from django.utils.http import url_has_allowed_host_and_scheme

from team.addresses import client_address
from team.models import User
from team.selectors.install import read_install
from team.services.limits import give_back_try, take_try
from team.services.people import change_password

LOCK = dt.timedelta(minutes=5)
TRIES_PER_PERSON = 5  # from one address
TRIES_PER_ADDRESS = 30
TRIES_PER_LOGIN = 100  # from everywhere: slows a botnet down, and is out of reach of a colleague who forgot


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Log-in and password for people who were invited."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People come by invitation only."""
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """SECURITY: `next` is a path of ours; not even our own host may be spelled out."""
        return bool(url) and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request) or "127.0.0.1"

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        change_password(person=cast(User, user), password=password)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Check a password after taking a try; a right one gives the try back.

        SECURITY: the lock is on the pair of log-in and address, so that nobody locks a colleague out from elsewhere.
        """
        login, address = str(credentials.get("email", "")).lower(), client_address(request)
        taken = [
            ("login", f"{login} {address}", TRIES_PER_PERSON, LOCK),
            ("login_address", address, TRIES_PER_ADDRESS, LOCK),
            ("login_everywhere", login, TRIES_PER_LOGIN, dt.timedelta(hours=1)),
        ]
        for what, who, limit, per in taken:
            if not take_try(what=what, who=who, limit=limit, per=per):
                raise self.validation_error("too_many_login_attempts")
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user is not None:
            for what, who, _limit, _per in taken:
                give_back_try(what=what, who=who)
        return user

    def reauthenticate(self, user: AbstractBaseUser, password: str) -> bool:
        """The password again, before something delicate."""
        person = cast(User, user)
        found = self.authenticate(self.request, email=person.email, password=password)
        return found is not None and found.pk == person.pk

    def get_reset_password_from_key_url(self, key: str) -> str:
        """SECURITY: the mailed link names the install's own address, whatever Host the request claimed."""
        path = urlsplit(super().get_reset_password_from_key_url(key)).path
        return f"{settings.BASE_URL}{path}"

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Security mails go to the one address that a person has here."""
        super().send_notification_mail(template_prefix, user, context, email or cast(User, user).email)


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """SECURITY: TOTP secrets and recovery seeds are encrypted with a key made from SECRET_KEY: a dump of the database
    alone opens nothing. Old keys in SECRET_KEY_FALLBACKS can still be read."""

    def encrypt(self, text: str) -> str:
        return _vault().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _vault().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Nobody takes off what the install demands."""
        return not read_install().requires_mfa

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        return cast(User, user).email


def _vault() -> MultiFernet:
    return MultiFernet([Fernet(_key_from(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key_from(secret: str | bytes) -> bytes:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"perennial.mfa").derive(force_bytes(secret))
    return base64.urlsafe_b64encode(derived)
