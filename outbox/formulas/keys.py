"""What mail is signed with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SigningKey:
    """The private key (PEM) and where its public half stands: <selector>._domainkey.<domain>."""

    selector: str
    domain: str
    pem: bytes
