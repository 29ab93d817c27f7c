"""The address in a mail: made of the invitation's nonce and the server's secret, and the same in every reminder."""

from django.conf import settings

from voc.formulas.tokens import digest_of, new_token, token_from
from voc.models import Invitation

SALT = "voc.invitation"


def fresh_link() -> tuple[str, str]:
    """A nonce for a new invitation, and the digest of the token that it makes."""
    nonce = new_token()
    return nonce, digest_of(_token(nonce, settings.SECRET_KEY))


def link_token(invitation: Invitation) -> str:
    """The token of the link that the invitation has.

    SECURITY: nothing but the digest is stored. When the server's secret was changed and the old one is not among
    SECRET_KEY_FALLBACKS, the invitation gets a new link here (the caller saves `nonce` and `digest`); the old one dies.
    """
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        token = _token(invitation.nonce, str(secret))
        if digest_of(token) == invitation.digest:
            return token
    renew_link(invitation)
    return _token(invitation.nonce, settings.SECRET_KEY)


def renew_link(invitation: Invitation) -> None:
    """Give the invitation another link; every address that went out before leads nowhere. The caller saves it."""
    invitation.nonce, invitation.digest = fresh_link()


def _token(nonce: str, secret: str) -> str:
    return token_from(nonce=nonce, secret=secret, salt=SALT)
