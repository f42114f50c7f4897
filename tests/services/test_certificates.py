"""The life of a certificate: issued, renewed when the new one is seen, blocked and unblocked."""

from typing import Any

import boto3
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chalicelib.adapters import certificates as registry
from chalicelib.adapters import clock, iot
from chalicelib.adapters.dynamo import factory
from chalicelib.domain.claims import ProofNotValid, SerialTaken, UnitBlocked, UnitUnknown
from chalicelib.domain.errors import Conflict, DependencyDown, InvalidInput, NotFound
from chalicelib.domain.ids import Serial
from chalicelib.services import certificates, claims, commands
from chalicelib.workers import presence
from tests import fleet_cloud as fleet
from tests import infra
from tests.api_client import LambdaContext
from tests.energy_cloud import BERGEN, event
from tests.identity import People
from tests.made_chargers import MadeCharger

SERIAL = Serial("ZC-00000001")
NOW = fleet.PRESENT


def request(key: ec.EllipticCurvePrivateKey, name: str = SERIAL) -> str:
    """A signing request (PEM)."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture
def made(cloud: dict[str, str]) -> MadeCharger:
    """A registered charger that is no thing yet."""
    return MadeCharger(SERIAL, is_thing=False)


@pytest.fixture
def cuts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The connections that were cut; moto has no such call (tests/adapters/test_iot.py looks at it)."""
    seen: list[str] = []

    def cut(serial: Serial) -> bool:
        seen.append(serial)
        return True

    monkeypatch.setattr(iot, "cut_connection", cut)
    return seen


def statuses() -> dict[str, str]:
    """Every certificate's status by id."""
    found = boto3.client("iot", region_name=infra.REGION).list_certificates()["certificates"]
    return {one["certificateId"]: one["status"] for one in found}


def connect(certificate_id: str, version: int = 1) -> None:
    """The broker tells that the charger has connected with this certificate."""
    body = fleet.presence(SERIAL, "connected", version, version, principalIdentifier=certificate_id)
    assert presence.handle(event(body, body), LambdaContext()) == {"batchItemFailures": []}


def test_a_certificate_is_issued_once_and_makes_a_thing(made: MadeCharger) -> None:
    """Active, attached to the thing and to the policy of all chargers; a repeat answers the same."""
    pem = certificates.issue(SERIAL, request(made.key))
    assert certificates.issue(SERIAL, request(made.key)) == pem
    unit = factory.get(SERIAL)
    assert statuses() == {unit.certificate_id: "ACTIVE"}
    assert registry.list_of(SERIAL) == [unit.certificate_id]
    client = boto3.client("iot", region_name=infra.REGION)
    [policy] = client.list_attached_policies(target=registry.get(str(unit.certificate_id)).arn)["policies"]
    assert policy["policyName"] == "ChargerPolicy"


@pytest.mark.parametrize("step", ["attach", "set_status"])
def test_a_failure_on_the_way_is_made_good_by_a_repeat(
    made: MadeCharger, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """It goes on with the certificate that was made."""

    def fail(*_: Any) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(registry, step, fail)
        with pytest.raises(ConnectionError):
            certificates.issue(SERIAL, request(made.key))
    certificates.issue(SERIAL, request(made.key))
    assert list(statuses().values()) == ["ACTIVE"]


def test_only_the_charger_s_own_request_is_certified(made: MadeCharger) -> None:
    """Another key, another name, nonsense, a stranger: no certificate."""
    with pytest.raises(SerialTaken):
        certificates.issue(SERIAL, request(ec.generate_private_key(ec.SECP256R1())))
    for wrong in (request(made.key, "ZC-00000002"), "nonsense", request(made.key).replace("M", "N", 3)):
        with pytest.raises(InvalidInput):
            certificates.issue(SERIAL, wrong)
    with pytest.raises(UnitUnknown):
        certificates.issue(Serial("ZC-NEVER-MADE"), request(made.key))
    assert statuses() == {}


def test_the_old_certificate_works_until_the_new_one_was_seen(made: MadeCharger) -> None:
    """Then it is revoked, for ever; notices that come again change nothing."""
    certificates.issue(SERIAL, request(made.key))
    old = str(factory.get(SERIAL).certificate_id)
    certificates.renew(SERIAL, request(made.key))
    new = str(factory.get(SERIAL).next_certificate_id)
    connect(old)
    assert statuses() == {old: "ACTIVE", new: "ACTIVE"}
    connect(new, 2)
    connect(old, 1)
    assert statuses() == {old: "REVOKED", new: "ACTIVE"}
    unit = factory.get(SERIAL)
    assert (unit.certificate_id, unit.next_certificate_id) == (new, None)


def test_renewing_twice_gives_the_same_certificate(made: MadeCharger) -> None:
    """One at a time: until it was seen, the one that waits is answered."""
    certificates.issue(SERIAL, request(made.key))
    assert certificates.renew(SERIAL, request(made.key)) == certificates.renew(SERIAL, request(made.key))
    assert len(statuses()) == 2


def test_a_blocked_charger_cannot_connect_and_is_disconnected(made: MadeCharger, cuts: list[str]) -> None:
    """Both certificates of a renewal; and it gets no new one. Unblocking undoes it."""
    certificates.issue(SERIAL, request(made.key))
    certificates.renew(SERIAL, request(made.key))
    assert certificates.block(SERIAL, NOW) == "cut"
    assert (set(statuses().values()), cuts) == ({"INACTIVE"}, [SERIAL])
    with pytest.raises(UnitBlocked):
        certificates.renew(SERIAL, request(made.key))
    certificates.unblock(SERIAL, NOW)
    assert set(statuses().values()) == {"ACTIVE"}
    assert {one.op for one in commands.list_latest(SERIAL, NOW)} == {"block", "unblock"}


def test_a_block_holds_even_if_the_connection_cannot_be_ended(
    made: MadeCharger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Support is told, and may repeat it."""

    def fail(_: Serial) -> bool:
        raise DependencyDown("no answer")

    monkeypatch.setattr(iot, "cut_connection", fail)
    certificates.issue(SERIAL, request(made.key))
    assert certificates.block(SERIAL, NOW) == "not_cut"
    assert (factory.get(SERIAL).state, set(statuses().values())) == ("blocked", {"INACTIVE"})


@pytest.mark.usefixtures("cuts")
def test_a_blocked_charger_cannot_be_claimed(made: MadeCharger, people: People) -> None:
    """Claims answer as for a serial that does not exist, and one that was begun before does not win."""
    made.become_thing()
    kari = people.account()
    claim, proof = made.begin_claim(kari, position=BERGEN)
    certificates.block(SERIAL, NOW)
    with pytest.raises(NotFound):
        made.begin_claim(kari)
    with pytest.raises((Conflict, ProofNotValid)):
        claims.prove(kari, claim.claim_id, proof, NOW, clock.real_now())
    assert factory.get(SERIAL).owner is None
    certificates.unblock(SERIAL, NOW)
    assert made.claim(kari, position=BERGEN).owner == kari.account_id


@pytest.mark.usefixtures("cuts")
def test_a_block_takes_nothing_from_the_owner(made: MadeCharger, people: People) -> None:
    """After it is undone the charger is the same owner's."""
    made.become_thing()
    kari = people.account()
    charger = made.claim(kari, position=BERGEN)
    certificates.block(SERIAL, NOW)
    certificates.unblock(SERIAL, NOW)
    unit = factory.get(SERIAL)
    assert (unit.state, unit.owner, unit.charger_id) == ("claimed", kari.account_id, charger.charger_id)
