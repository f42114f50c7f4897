"""What a reader says by MQTT: both formats, fresh or not at all, and only its own."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from chalicelib.adapters import clock, iot
from chalicelib.adapters.dynamo import quarantine
from chalicelib.domain.accounts import Account
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.ids import Serial, SiteId
from chalicelib.domain.meter_readers import MeterAddressMissing, MqttAddress
from chalicelib.domain.quarantine import UNKNOWN_THING
from chalicelib.services import meters, sites
from chalicelib.services.meters import Registered
from chalicelib.services.sites import SiteWish
from chalicelib.settings import settings
from chalicelib.workers import meter_samples
from device_shadows.meter import MeterList, MeterSample
from simulator.powu import MqttReader
from simulator.reader_key import make_reader_key
from tests import infra
from tests.api_client import LambdaContext
from tests.conftest import MQTT_ENDPOINT
from tests.energy_cloud import event
from tests.identity import People
from tests.metered import forwarded_sample

NOW = datetime(2026, 2, 10, 14, 0, tzinfo=UTC)


@pytest.fixture
def csr(tmp_path: Path) -> str:
    """What the reader's new key asks a certificate with."""
    return make_reader_key(tmp_path / "reader.key")


@pytest.fixture
def kari(people: People) -> Account:
    return people.account("+4790000001")


@pytest.fixture
def site_id(kari: Account) -> SiteId:
    return sites.create(kari, SiteWish(main_fuse_a=25), NOW).site_id


@pytest.fixture(autouse=True)
def cut(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Connections that were ended; moto does not know of any."""
    found: list[str] = []
    monkeypatch.setattr(iot, "cut_connection", found.append)
    return found


@pytest.fixture
def registered(kari: Account, site_id: SiteId, csr: str) -> Registered:
    return meters.register(kari, site_id, NOW, csr)


def said(*, by_list: bool = True, **more: Any) -> bytes:
    sample = MeterSample(
        list=MeterList.LINES, ts=int(clock.now().timestamp()), power_w=3000.0, currents_a=(9.5, 0.0, 7.25), **more
    )
    return MqttReader("mt/x", by_list=by_list).message(sample)[1]


def work(*bodies: str) -> None:
    assert meter_samples.handle(event(*bodies), LambdaContext()) == {"batchItemFailures": []}


def currents(kari: Account, site_id: SiteId) -> Any:
    load = meters.get(kari, site_id, clock.now()).load
    return load and load.currents_a


@pytest.mark.parametrize("by_list", [False, True], ids=["format 0", "format 5"])
def test_both_formats_arrive(kari: Account, site_id: SiteId, registered: Registered, *, by_list: bool) -> None:
    """On an IT grid the zero of line 2 is nobody's measurement."""
    work(forwarded_sample(str(registered.reader.thing), said(by_list=by_list)))
    assert currents(kari, site_id) == (9.5, None, 7.25)


def test_an_old_sample_is_dropped_unread(kari: Account, site_id: SiteId, registered: Registered) -> None:
    """Whatever is in it; what the broker had 9 s ago still counts."""
    thing = str(registered.reader.thing)
    work(forwarded_sample(thing, said(), age_s=10.5), forwarded_sample(thing, b"\x00", age_s=60))
    assert (currents(kari, site_id), quarantine.list_of(thing)) == (None, [])
    work(forwarded_sample(thing, said(), age_s=8))
    assert currents(kari, site_id) == (9.5, None, 7.25)


def test_power_alone_is_no_news(kari: Account, site_id: SiteId, registered: Registered) -> None:
    """Every 2 s, and nothing about a line."""
    power = MeterSample(list=MeterList.POWER, ts=int(clock.now().timestamp()), power_w=3000.0)
    work(forwarded_sample(str(registered.reader.thing), MqttReader("mt/x", by_list=False).message(power)[1]))
    assert currents(kari, site_id) is None


def test_what_is_no_document_is_put_aside(registered: Registered) -> None:
    """As of every device, with the reason."""
    thing = str(registered.reader.thing)
    work(forwarded_sample(thing, b"online"), forwarded_sample(thing, b'{"t":1,"data":{"I1":-4}}'))
    assert sorted(one.reason for one in quarantine.list_of(thing)) == ["not_json", "out_of_range"]


def test_a_stranger_changes_nothing(registered: Registered, kari: Account, site_id: SiteId) -> None:
    """A thing that is nobody's reader, or no more."""
    meters.register(kari, site_id, NOW)
    work(forwarded_sample("MT-STRANGER", said()), forwarded_sample(str(registered.reader.thing), said()))
    assert currents(kari, site_id) is None
    assert [one.reason for one in quarantine.list_of(UNKNOWN_THING)] == ["unknown_thing"]


def test_a_certificate_is_good_for_one_reader(
    registered: Registered, kari: Account, site_id: SiteId, cut: list[str], csr: str
) -> None:
    """Active for the thing it was made for; revoked with the reader that is replaced, whose connection ends."""
    registry = boto3.client("iot", region_name=infra.REGION)
    made = str(registered.reader.certificate_id)
    arns = registry.list_thing_principals(thingName=str(registered.reader.thing))["principals"]
    assert [arn.endswith(made) for arn in arns] == [True]
    assert registry.describe_certificate(certificateId=made)["certificateDescription"]["status"] == "ACTIVE"
    meters.register(kari, site_id, NOW, csr)
    assert registry.describe_certificate(certificateId=made)["certificateDescription"]["status"] == "REVOKED"
    assert cut == [registered.reader.thing]


def test_the_owner_is_told_where_and_how_it_speaks_mqtt(registered: Registered, kari: Account, site_id: SiteId) -> None:
    """Broker, client id and the beginning of its topics: with the registration and whenever asked, as the reader is."""
    thing = str(registered.reader.thing)
    place = MqttAddress(host=MQTT_ENDPOINT, port=8883, client_id=Serial(thing), topic=f"mt/{thing}")
    assert registered.mqtt == place
    assert meters.get(kari, site_id, NOW).mqtt == place
    meters.register(kari, site_id, NOW)
    assert meters.get(kari, site_id, NOW).mqtt is None


def test_a_stage_without_a_broker_for_readers_makes_no_certificate(
    kari: Account, site_id: SiteId, csr: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so; by HTTPS its readers can be registered all the same."""
    monkeypatch.setenv("MQTT_ENDPOINT", "")
    settings.cache_clear()
    with pytest.raises(MeterAddressMissing):
        meters.register(kari, site_id, NOW, csr)
    assert boto3.client("iot", region_name=infra.REGION).list_certificates()["certificates"] == []
    assert meters.register(kari, site_id, NOW).mqtt is None


def test_only_a_signed_request_is_taken(kari: Account, site_id: SiteId) -> None:
    """Anything else is refused before anything is made."""
    with pytest.raises(InvalidInput, match="signing request") as refused:
        meters.register(kari, site_id, NOW, "AAAAAAAAAAAAAAAAAAAA")
    assert refused.value.field == "csr"
