"""Becoming the owner of a charger."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.adapters import clock
from chalicelib.adapters.dynamo import chargers, factory, sites
from chalicelib.domain.accounts import Account
from chalicelib.domain.claims import ChargerOwned, Claim, ClaimExpired, ProofNotValid
from chalicelib.domain.errors import DependencyDown, InvalidInput, NotFound
from chalicelib.domain.ids import Serial, SiteId
from chalicelib.domain.sites import Country
from chalicelib.domain.zones import Position
from chalicelib.services import claims
from chalicelib.services.claims import Proof
from chalicelib.services.sites import SiteWish
from chalicelib.services.sites import create as create_site
from tests.identity import People
from tests.made_chargers import MadeCharger

NOW = datetime(2026, 2, 10, 14, 0, tzinfo=UTC)
REAL = clock.real_now()
BERGEN = Position(lat=60.393, lon=5.324)


@pytest.fixture
def kari(people: People) -> Account:
    return people.account()


@pytest.fixture
def ola(people: People) -> Account:
    return people.account("+4790000002")


@pytest.fixture
def charger(cloud: dict[str, str]) -> MadeCharger:
    return MadeCharger()


def test_who_brings_the_signature_owns_the_charger(kari: Account, charger: MadeCharger) -> None:
    """The row, the registry and the charger's own configuration say so."""
    won = charger.claim(kari, position=BERGEN)
    unit = factory.find(Serial(charger.serial))
    assert unit is not None
    assert (chargers.get(won.charger_id), chargers.find_by_serial(won.serial)) == (won, won)
    assert (unit.owner, unit.charger_id) == (kari.account_id, won.charger_id)
    assert chargers.list_by_owner(kari.account_id) == [won]


def test_the_new_charger_is_told_its_settings(kari: Account, charger: MadeCharger) -> None:
    """The whole config shadow; the owner is a pseudonym, not the account."""
    charger.claim(kari, position=BERGEN)
    config = charger.config()
    assert len(config.pop("owner")) == 32
    assert config == {
        "max_current_a": 24,
        "fallback_current_a": 6,
        "access": "everyone",
        "access_epoch": 0,
        "disabled": False,
        "time_zone": "Europe/Oslo",
        "default_night": {"start": "22:00", "end": "06:00", "current_a": 24},
        "load_balancing": False,
        "ticket_keys": [],
    }


def test_a_claim_in_bergen_makes_a_site_in_no5(kari: Account, charger: MadeCharger) -> None:
    """The position proposes the zone; the rest are common values, to be corrected."""
    site = sites.get(charger.claim(kari, position=BERGEN).site_id)
    assert (site.owner, site.country, site.zone, site.zone_must_ask) == (kari.account_id, "NO", "NO5", False)


def test_a_claim_without_a_place_leaves_the_zone_open(kari: Account, charger: MadeCharger) -> None:
    """Nobody knows the zone, so the app must ask, and no zone is pretended."""
    site = sites.get(charger.claim(kari).site_id)
    assert (site.zone, site.zone_must_ask, len(site.candidates)) == (None, True, 5)


def test_a_charger_can_be_claimed_into_a_site_that_is_there(kari: Account, charger: MadeCharger) -> None:
    """The circuit fuse begins no higher than the main fuse allows; no second site appears."""
    wish = SiteWish(name="Hjemme", country=Country.NO, main_fuse_a=20, grid_type="IT", phases=3)
    site = create_site(kari, wish, NOW)
    won = charger.claim(kari, site_id=site.site_id)
    assert (won.site_id, won.circuit_fuse_a, won.phases) == (site.site_id, 20, 1)
    standing = [(one.site_id, one.charger_ids) for one in sites.list_by_owner(kari.account_id)]
    assert standing == [(site.site_id, (won.charger_id,))]


def test_a_strangers_site_cannot_be_used(kari: Account, ola: Account, charger: MadeCharger) -> None:
    """It looks as if it did not exist, and the charger stays free."""
    wish = SiteWish(name="Hjemme", country=Country.NO, main_fuse_a=20, grid_type="IT", phases=3)
    theirs = create_site(ola, wish, NOW)
    for site_id in (theirs.site_id, SiteId("site_unknown")):
        with pytest.raises(NotFound):
            charger.claim(kari, site_id=site_id)
    assert chargers.find_by_serial(Serial(charger.serial)) is None


def test_a_site_and_a_position_contradict_each_other(kari: Account, charger: MadeCharger) -> None:
    """One or the other, or none."""
    with pytest.raises(InvalidInput):
        charger.claim(kari, site_id=SiteId("site_x"), position=BERGEN)


def test_repeating_a_won_claim_answers_the_same(kari: Account, charger: MadeCharger) -> None:
    """A lost answer is fetched again, even after the nonce's life; no second site or charger appears."""
    claim, proof = charger.begin_claim(kari)
    first = claims.prove(kari, claim.claim_id, proof, NOW, REAL)
    later = [claims.prove(kari, claim.claim_id, proof, NOW, REAL + timedelta(minutes=m)) for m in (0, 11)]
    assert later == [first, first]
    assert len(sites.list_by_owner(kari.account_id)) == 1


def test_the_owner_claiming_anew_gets_the_same_charger(kari: Account, charger: MadeCharger) -> None:
    """Scanning one's own charger again changes nothing."""
    assert charger.claim(kari) == charger.claim(kari)
    assert len(chargers.list_by_owner(kari.account_id)) == 1


def test_only_a_valid_proof_learns_that_the_charger_is_owned(kari: Account, ola: Account, charger: MadeCharger) -> None:
    """Starting a claim tells nothing; the proof does; the owner stays the owner."""
    won = charger.claim(kari)
    claim, proof = charger.begin_claim(ola)
    with pytest.raises(ProofNotValid):
        claims.prove(ola, claim.claim_id, Proof(signature="A" * 96), NOW, REAL)
    with pytest.raises(ChargerOwned):
        claims.prove(ola, claim.claim_id, proof, NOW, REAL)
    assert chargers.find_by_serial(won.serial) == won
    assert sites.list_by_owner(ola.account_id) == []


def test_of_two_claimants_at_once_exactly_one_wins(kari: Account, ola: Account, charger: MadeCharger) -> None:
    """Both have genuine proofs; one gets the charger, the other learns that it is owned, and nothing is left over."""
    begun = [(who, *charger.begin_claim(who)) for who in (kari, ola) * 3]

    def prove(attempt: tuple[Account, Claim, Proof]) -> str | None:
        who, claim, proof = attempt
        try:
            return claims.prove(who, claim.claim_id, proof, NOW, REAL).owner
        except ChargerOwned:
            return None

    with ThreadPoolExecutor(6) as crowd:
        answers = list(crowd.map(prove, begun))
    owned = chargers.find_by_serial(Serial(charger.serial))
    assert owned is not None
    assert sorted(map(str, answers)) == sorted([owned.owner] * 3 + ["None"] * 3)
    assert len(sites.list_by_owner(kari.account_id)) + len(sites.list_by_owner(ola.account_id)) == 1


def test_a_nonce_lives_600_seconds(kari: Account, charger: MadeCharger) -> None:
    """Half-open, in real time."""
    began = clock.real_now()
    claim, proof = charger.begin_claim(kari)
    assert began <= claim.expires_at - timedelta(seconds=600) <= clock.real_now()
    with pytest.raises(ClaimExpired):
        claims.prove(kari, claim.claim_id, proof, NOW, claim.expires_at)
    assert (
        claims.prove(kari, claim.claim_id, proof, NOW, claim.expires_at - timedelta(seconds=1)).owner == kari.account_id
    )


def test_unknown_serial_and_wrong_fingerprint_look_the_same(kari: Account, charger: MadeCharger) -> None:
    """A made-up charger cannot be told from a wrongly copied code."""
    for serial, fingerprint in (("ZC-99999999", charger.fingerprint), (charger.serial, "A" * 22)):
        with pytest.raises(NotFound):
            claims.start(kari, serial, fingerprint, REAL)


def test_a_signature_is_good_for_one_claim_of_one_person(kari: Account, ola: Account, charger: MadeCharger) -> None:
    """Relayed, replayed, made for another epoch or by another charger: refused, and the charger stays free."""
    claim, good = charger.begin_claim(kari)
    _, of_ola = charger.begin_claim(ola)
    _, of_other_claim = charger.begin_claim(kari)
    hash_of_kari = claims.start(kari, charger.serial, charger.fingerprint, REAL).user_hash
    other = MadeCharger("ZC-00000002")
    signatures = [
        of_ola.signature,
        of_other_claim.signature,
        charger.sign(claim.nonce, hash_of_kari, claim.claim_epoch + 1),
        other.sign(claim.nonce, hash_of_kari, claim.claim_epoch),
        good.signature[:-4],
        "!" * 96,
        "",
    ]
    for signature in signatures:
        with pytest.raises(ProofNotValid):
            claims.prove(kari, claim.claim_id, Proof(signature=signature), NOW, REAL)
    assert chargers.find_by_serial(Serial(charger.serial)) is None


def test_somebody_elses_claim_looks_unknown(kari: Account, ola: Account, charger: MadeCharger) -> None:
    """Even with the right signature, and even when it was won."""
    claim, proof = charger.begin_claim(kari)
    for _ in range(2):
        with pytest.raises(NotFound):
            claims.prove(ola, claim.claim_id, proof, NOW, REAL)
        claims.prove(kari, claim.claim_id, proof, NOW, REAL)


@pytest.mark.usefixtures("cloud")
def test_settings_that_could_not_be_told_are_told_by_the_repeat(kari: Account) -> None:
    """Ownership stands when the device service refuses; proving again completes it."""
    charger = MadeCharger(is_thing=False)
    claim, proof = charger.begin_claim(kari)
    with pytest.raises(DependencyDown):
        claims.prove(kari, claim.claim_id, proof, NOW, REAL)
    charger.become_thing()
    won = claims.prove(kari, claim.claim_id, proof, NOW, REAL)
    assert charger.config()["max_current_a"] == won.circuit_fuse_a - 1  # the margin below the main fuse
