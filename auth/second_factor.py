"""Codes of the second factor (TOTP, RFC 6238): made and looked at. Pure.

Six digits, every 30 seconds, SHA-1, as every app for telephones takes them. A clock may be one step off either way, and
each code counts once.
"""

import hmac
from datetime import datetime

import pyotp

STEP_SECONDS = 30
ISSUER = "Don Thu"
# How many steps of 30 seconds a telephone's clock may be off.
DRIFT_STEPS = 1


def new_secret() -> str:
    """A new secret of 160 bits, in base32."""
    return pyotp.random_base32()


def code_at(secret: str, moment: datetime) -> str:
    """The code of ``secret`` at ``moment``."""
    return pyotp.TOTP(secret).at(moment)


def matching_step(secret: str, typed: str, now: datetime, used_step: int | None) -> int | None:
    """The step whose code was ``typed``; None for a wrong code, and for one that counted already.

    ``used_step`` is the step of the last code that was taken: it and those before it count no more.
    """
    code = "".join(typed.split())
    if len(code) != 6 or not code.isascii() or not code.isdigit():
        return None
    present = int(now.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    found = None
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        # All are looked at, so that the time tells nothing.
        if hmac.compare_digest(totp.generate_otp(step), code) and (used_step is None or step > used_step):
            found = step
    return found


def enrolment_uri(secret: str, username: str) -> str:
    """What the QR code of an enrolment holds."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def in_groups(secret: str) -> str:
    """The secret as somebody types it: four letters at a time."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
