"""Write keys as text: a nonce that the database has, and what the server's secret makes of it."""

import base64
import hashlib
import hmac

NONCE_LENGTH = 16
MAC_BYTES = 24  # 192 bits, 32 characters


def mac_of(nonce: str, secret: str) -> str:
    """HMAC-SHA256 of the nonce under a key derived from the secret, cut to 192 bits."""
    key = hashlib.sha256(f"engagement.write_key:{secret}".encode()).digest()
    made = hmac.new(key, nonce.encode(), hashlib.sha256).digest()[:MAC_BYTES]
    return base64.urlsafe_b64encode(made).decode()


def same_mac(mac: str, nonce: str, secret: str) -> bool:
    """Whether a mac belongs to the nonce, in constant time."""
    return hmac.compare_digest(mac.encode(), mac_of(nonce, secret).encode())
