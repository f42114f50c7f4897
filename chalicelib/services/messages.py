"""Text messages that wait in the queue."""

from datetime import datetime

from chalicelib.adapters import sms
from chalicelib.domain.one_time_codes import CodeMessage, text_of


def send_code(message: CodeMessage, now: datetime) -> bool:
    """Send the code unless it is withheld or has expired while it waited (real time); whether it was sent."""
    if message.withheld or message.expires_at <= now:
        return False
    sms.send(message.phone, text_of(message))
    return True
