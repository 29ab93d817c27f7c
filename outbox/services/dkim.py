"""DKIM: our domain signs for what leaves, so that receivers can tell it from a forgery (RFC 6376)."""

import dkim

from outbox.formulas.keys import SigningKey

# RFC 8058 asks that both headers of the one-click stop are covered.
SIGNED = (
    b"From",
    b"To",
    b"Subject",
    b"Date",
    b"Message-ID",
    b"Reply-To",
    b"List-Unsubscribe",
    b"List-Unsubscribe-Post",
)


def sign_mail(content: bytes, key: SigningKey) -> bytes:
    """The mail with its signature in front. Only headers that are there are signed, and From, To and Subject so that
    no second one can be added."""
    present = {
        line.split(b":", 1)[0].lower() for line in content.split(b"\r\n\r\n", 1)[0].split(b"\r\n") if b":" in line
    }
    names = [name for name in SIGNED if name.lower() in present]
    signature: bytes = dkim.sign(
        content,
        key.selector.encode(),
        key.domain.encode(),
        key.pem,
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=[*names, b"From", b"To", b"Subject"],
    )
    return signature + content
