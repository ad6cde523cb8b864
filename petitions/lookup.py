"""Keyed hashes by which an identity or phone number is found again. Pure."""

import hashlib
import hmac

from core.text import digits

LEAST_DIGITS = 8


def lookup_hash(key: bytes, number: str) -> str | None:
    """Keyed hash of an identity or phone number, the same however it is written; None for fewer than eight digits."""
    plain = digits(number)
    if plain.startswith("84") and len(plain) == 11:
        plain = "0" + plain[2:]
    if len(plain) < LEAST_DIGITS:
        return None
    return hmac.new(key, plain.encode(), hashlib.sha256).hexdigest()[:32]
