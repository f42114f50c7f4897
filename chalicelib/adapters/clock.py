"""The only module of the cloud that asks the system for the time.

The product's time may be scaled or frozen on a laptop (setting CLOCK); one-time codes, tokens and expiry in stores
always use real time, because the parts that check them (Cognito, DynamoDB, TLS) do.
"""

from datetime import UTC, datetime, timedelta

from chalicelib.settings import settings


def real_now() -> datetime:
    """The real time, aware UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """The product's time, aware UTC: real, or `<ISO start>@<speed>@<real epoch of the anchor>`.

    A scaled clock stands at its start until the anchor, so that a system can be made ready first; speed 0 freezes it.
    """
    setting = settings().clock
    if not setting:
        return real_now()
    start, speed, anchor = setting.split("@")
    elapsed_s = max(0.0, real_now().timestamp() - float(anchor))
    return datetime.fromisoformat(start).astimezone(UTC) + timedelta(seconds=elapsed_s * float(speed))
