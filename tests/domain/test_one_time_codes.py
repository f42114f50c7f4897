"""When another code may be sent, and what the message says."""

from datetime import UTC, datetime, timedelta
from string import ascii_letters, digits

import pytest

from chalicelib.domain.accounts import Language
from chalicelib.domain.one_time_codes import CodeMessage, remembered, text_of, wait_s

NOW = datetime(2026, 2, 10, 14, 0, tzinfo=UTC)
GSM_7 = set(ascii_letters + digits + " \n\r@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ!\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà")


def ago(*seconds: float) -> list[datetime]:
    return [NOW - timedelta(seconds=second) for second in seconds]


MINUTE, HOUR = 60, 3600


@pytest.mark.parametrize(
    ("sent", "expected_s"),
    [
        pytest.param([], 0, id="the first at once"),
        pytest.param([0], 30, id="the second after 30 s"),
        pytest.param([29.5], 1, id="part of a second counts as one"),
        pytest.param([30], 0, id="the spacing is half-open"),
        pytest.param([0, 30], 60, id="the third after 60 s"),
        pytest.param([0, 60, 90], 15 * MINUTE - 90, id="three in 15 min"),
        pytest.param([15 * MINUTE, 14 * MINUTE, 13 * MINUTE], 0, id="the window is half-open"),
        pytest.param([0, 16 * MINUTE, 17 * MINUTE, 18 * MINUTE], 300, id="the fifth after 300 s"),
        pytest.param([6 * MINUTE, 20 * MINUTE, 30 * MINUTE, 40 * MINUTE, 50 * MINUTE], 10 * MINUTE, id="five an hour"),
        pytest.param([hour * HOUR for hour in range(2, 12)], 13 * HOUR, id="ten a day"),
        pytest.param([hour * HOUR for hour in range(15, 25)], 0, id="a day later it is forgotten"),
        pytest.param([61 * MINUTE, 62 * MINUTE, 63 * MINUTE], 0, id="after an hour the spacing begins anew"),
    ],
)
def test_sendings_to_a_number_are_spaced_and_limited(sent: list[float], expected_s: int) -> None:
    """30, 60, 120, 300 s apart; 3 in 15 min, 5 an hour, 10 a day; the strictest rule that holds says when."""
    assert wait_s(ago(*sent), NOW) == expected_s


def test_after_the_wait_a_code_may_be_sent_and_not_before() -> None:
    """The promise of resend_after_s is kept to the second, for every number of sendings that the limits allow."""
    sent: tuple[datetime, ...] = ()
    now = NOW
    for _ in range(25):
        pause = wait_s(sent, now)
        if pause:
            assert wait_s(sent, now + timedelta(seconds=pause - 1)) == 1
        now += timedelta(seconds=pause)
        assert wait_s(sent, now) == 0
        sent = remembered(sent, now)
    assert len(sent) <= 10
    assert now - NOW > timedelta(days=2)


@pytest.mark.parametrize("language", ["no", "en"])
def test_the_message_is_one_part_of_gsm_characters(language: Language) -> None:
    """At most 160 characters of the GSM 7-bit alphabet, so that it is one message; the code is in it once."""
    text = text_of(CodeMessage(phone="+4790000001", code="012345", language=language, expires_at=NOW))
    assert set(text) <= GSM_7
    assert len(text) <= 160
    assert text.count("012345") == 1
