"""The reader's HTTPS call: byte for byte as its firmware sends it, one answer for everybody without a token."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from chalicelib.adapters import clock
from chalicelib.domain.accounts import Account
from chalicelib.domain.ids import SiteId
from chalicelib.domain.meter_readers import MeterAddressMissing
from chalicelib.services import meter_tokens, meters, sites
from chalicelib.services.sites import SiteWish
from chalicelib.settings import settings
from chalicelib.workers import meter_post
from device_shadows.meter import parse_answer
from tests import infra
from tests.conftest import METER_BASE
from tests.identity import People
from tests.metered import HOME_IP, post_event

NOW = datetime(2026, 2, 10, 14, 0, tzinfo=UTC)
BODY = '{"LBToken":"%s","L1A":"12.1","L2A":"5.8","L3A":"13.4","HighConsumption":"0","CurrentPower":"4097"}'
"""As in the description of the firmware, but for the token."""
REFUSED = {"statusCode": 403, "headers": {"Content-Type": "application/json"}, "body": "{}"}


@pytest.fixture
def kari(people: People) -> Account:
    return people.account("+4790000001")


@pytest.fixture
def site_id(kari: Account) -> SiteId:
    return sites.create(kari, SiteWish(main_fuse_a=25), NOW).site_id


def post(token: str, **more: Any) -> Any:
    return meter_post.handle(post_event((BODY % token).encode(), **more))


def test_the_answer_is_what_the_firmware_takes(kari: Account, site_id: SiteId) -> None:
    """Its own spelling; the heartbeat is long while no car is there, and the address is the one it has."""
    token = meters.register(kari, site_id, NOW).token
    answer = post(token)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == {
        "Settings": {
            "HeartBeatTime": 180,
            "HearBeatTimeFast": 10,
            "HeartBeatTimeFastThreshold": 20,
            "ZmartChargeUrl": METER_BASE,
        }
    }


def test_the_values_are_told_to_the_owner(kari: Account, site_id: SiteId) -> None:
    """What the reader said is what the owner sees."""
    post(meters.register(kari, site_id, NOW).token)
    view = meters.get(kari, site_id, clock.now())
    assert view.load is not None
    assert (view.state, view.load.currents_a, view.load.power_w) == ("live", (12.1, 5.8, 13.4), 4097)


def test_near_the_fuse_it_posts_fast(kari: Account, site_id: SiteId) -> None:
    """Also when it is line 2, which the firmware forgets."""
    token = meters.register(kari, site_id, NOW).token
    body = (BODY % token).replace("5.8", "20.5").encode()
    assert parse_answer(meter_post.handle(post_event(body))["body"].encode()).heartbeat_s == 10


def test_zeros_while_power_flows_are_no_measurement(kari: Account, site_id: SiteId) -> None:
    """A reader that has just started knows its power before its currents: that says nothing about a fuse."""
    token = meters.register(kari, site_id, NOW).token
    body = (BODY % token).replace("12.1", "0.0").replace("5.8", "0.0").replace("13.4", "0.0").encode()
    assert meter_post.handle(post_event(body))["statusCode"] == 200
    view = meters.get(kari, site_id, clock.now())
    assert view.load is not None
    assert (view.state, view.load.currents_a, view.site.meter) == ("doubted", (None, None, None), None)


@pytest.mark.parametrize(
    "body",
    [
        (BODY % ("x" * 20)).encode(),
        (BODY % "").encode(),
        (BODY % ("ø" * 20)).encode(),
        b"",
        b"[]",
        b'{"LBToken":5}',
        b"{" * 3000,
        b'{"LBToken":"01234567890123456789","L1A":"1e9"}',
        b"\xff\xfe",
    ],
    ids=["unknown", "empty", "not ASCII", "no body", "array", "number", "deep", "not a number", "not UTF-8"],
)
@pytest.mark.usefixtures("cloud")
def test_whatever_is_wrong_gets_one_answer(body: bytes) -> None:
    """Nobody learns from it what was nearly right."""
    assert meter_post.handle(post_event(body)) == REFUSED


@pytest.mark.parametrize("base", ["", "https://" + 56 * "a"], ids=["none", "64 characters"])
def test_without_an_address_that_fits_the_reader_none_is_registered(
    kari: Account, site_id: SiteId, monkeypatch: pytest.MonkeyPatch, base: str
) -> None:
    """It keeps 63 characters; an address that was cut would be somebody else's."""
    monkeypatch.setenv("METER_BASE", base)
    settings.cache_clear()
    with pytest.raises(MeterAddressMissing):
        meters.register(kari, site_id, NOW)
    assert meters.get(kari, site_id, NOW).state == "none"


def test_an_address_of_63_characters_is_given_whole(
    kari: Account, site_id: SiteId, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the registration, with what the owner is told, and with every answer to the reader."""
    base = "https://" + 55 * "a"
    monkeypatch.setenv("METER_BASE", base)
    settings.cache_clear()
    made = meters.register(kari, site_id, NOW)
    assert (len(made.base_url), parse_answer(post(made.token)["body"].encode()).url) == (63, base)


def test_the_token_before_is_refused(kari: Account, site_id: SiteId) -> None:
    """Replaced, then removed: only the present token counts, also where the old one was known a moment ago."""
    old = meters.register(kari, site_id, NOW).token
    assert post(old)["statusCode"] == 200
    new = meters.register(kari, site_id, NOW).token
    assert (post(old), post(new)["statusCode"]) == (REFUSED, 200)
    meters.remove(kari, site_id, NOW)
    assert post(new) == REFUSED


def test_whoever_guesses_is_not_listened_to(kari: Account, site_id: SiteId) -> None:
    """After so many different tokens even a right one is refused, from that network, for the rest of the hour."""
    token = meters.register(kari, site_id, NOW).token
    for number in range(meter_tokens.MOST_WRONG):
        post(f"{number:020d}", source_ip="198.51.100.9")
    assert post(token, source_ip="198.51.100.9") == REFUSED
    assert post(token, source_ip=HOME_IP)["statusCode"] == 200


def test_a_reader_with_an_old_token_locks_out_nobody(kari: Account, site_id: SiteId) -> None:
    """It tries the same one every ten seconds, from the same house as the new reader."""
    token = meters.register(kari, site_id, NOW).token
    for _ in range(meter_tokens.MOST_WRONG + 5):
        post("y" * 20)
    assert post(token)["statusCode"] == 200


def test_the_token_is_not_in_the_store(kari: Account, site_id: SiteId, dynamodb: Any) -> None:
    """Only its hash is."""
    token = meters.register(kari, site_id, NOW).token
    post(token)
    assert token not in json.dumps(dynamodb.scan(TableName="MetersTable")["Items"], default=str)
    assert token not in json.dumps(dynamodb.scan(TableName="SendingLimitsTable")["Items"], default=str)


def test_other_paths_and_methods_are_refused(kari: Account, site_id: SiteId) -> None:
    """The function has one thing to do."""
    token = meters.register(kari, site_id, NOW).token
    assert [post(token, path="/"), post(token, method="GET")] == [REFUSED, REFUSED]


def test_an_outage_is_told_as_one(kari: Account, site_id: SiteId, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader then tries again soon, as after every failure."""
    token = meters.register(kari, site_id, NOW).token
    boto3.client("dynamodb", region_name=infra.REGION).delete_table(TableName="ChargersTable")
    from chalicelib.domain.errors import DependencyDown
    from chalicelib.services import load_balancing

    def down(*_: Any) -> None:
        raise DependencyDown("the store does not answer")

    monkeypatch.setattr(load_balancing, "take", down)
    assert post(token)["statusCode"] == 503


def test_silence_is_seen_by_the_owner(kari: Account, site_id: SiteId) -> None:
    """Twice the longest interval without a word, while no car is there."""
    token = meters.register(kari, site_id, NOW).token
    assert meters.get(kari, site_id, clock.now()).state == "waiting"
    post(token)
    assert meters.get(kari, site_id, clock.now() + timedelta(seconds=359)).state == "live"
    assert meters.get(kari, site_id, clock.now() + timedelta(seconds=360)).state == "silent"


def test_the_owner_s_export_tells_the_load_in_words(kari: Account, site_id: SiteId) -> None:
    """It is stored packed, and told unpacked."""
    from chalicelib.adapters.dynamo import personal_data
    from chalicelib.adapters.dynamo.personal_data import Place

    post(meters.register(kari, site_id, NOW).token)
    items, _ = personal_data.read(Place("meters", kari.account_id), 10)
    [load] = [item for item in items if item["part"].endswith("#load")]
    assert json.loads(load["content"])["currents_a"] == [12.1, 5.8, 13.4]
