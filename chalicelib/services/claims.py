"""Claiming a charger: a nonce for whoever knows its QR code, ownership for whoever brings its signature."""

import hmac
import secrets
from collections.abc import Callable
from datetime import datetime

import msgspec

from chalicelib.adapters import config_shadow, device_keys, planning_queue
from chalicelib.adapters.dynamo import chargers, claims, factory, sites
from chalicelib.domain.access import Action, Resource
from chalicelib.domain.accounts import Account
from chalicelib.domain.chargers import DEFAULT_CIRCUIT_FUSE_A, Charger, expected_phases
from chalicelib.domain.claims import LIFE, ChargerOwned, Claim, ClaimExpired, ProofNotValid, UnitState
from chalicelib.domain.errors import InvalidInput, NotFound
from chalicelib.domain.ids import ChargerId, ClaimId, Serial, SiteId
from chalicelib.domain.plans import CLAIMED
from chalicelib.domain.sites import Site
from chalicelib.domain.zones import Position
from chalicelib.services import charging_orders
from chalicelib.services.access import require, require_at
from chalicelib.services.chargers import settings_of
from chalicelib.services.sites import suggested_site

_SUGGESTED_NAMES = {"no": "Lader", "en": "Charger"}


class ClaimStarted(msgspec.Struct, frozen=True, kw_only=True):
    """What the charger is asked to sign, and how long that is worth something."""

    claim: Claim
    user_hash: str


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """The charger's signature, and where it shall stand: a site, or a position to make one from."""

    signature: str
    site_id: SiteId | None = None
    position: Position | None = None


def start(account: Account, serial: str, fingerprint: str, real_now: datetime) -> ClaimStarted:
    """A claim on a genuine charger, owned or not; NotFound for one unknown or blocked, and for a wrong fingerprint."""
    unit = factory.find(Serial(serial))
    if (
        unit is None
        or unit.state is UnitState.BLOCKED
        or not hmac.compare_digest(unit.fingerprint.encode(), fingerprint.encode())
    ):
        raise NotFound
    claim = Claim(
        claim_id=ClaimId(f"claim_{secrets.token_hex(16)}"),
        account_id=account.account_id,
        serial=unit.serial,
        public_key_pem=unit.public_key_pem,
        nonce=secrets.token_urlsafe(32),
        claim_epoch=unit.claim_epoch,
        charger_id=ChargerId(f"charger_{secrets.token_hex(12)}"),
        expires_at=real_now + LIFE,
    )
    claims.create(claim)
    return ClaimStarted(claim=claim, user_hash=device_keys.user_hash(account.account_id))


def prove(account: Account, claim_id: ClaimId, proof: Proof, now: datetime, real_now: datetime) -> Charger:
    """The charger, now owned by `account`; proving again answers the same.

    ProofNotValid for another signature, ClaimExpired after the claim's life, ChargerOwned when somebody else has it:
    only whoever stood beside the charger learns that.
    """
    claim = claims.get(claim_id)
    if claim.account_id != account.account_id:
        raise NotFound
    if not device_keys.has_signed(claim, proof.signature):
        raise ProofNotValid
    if claim.is_won:
        return _told_again(account, claim.charger_id, now)
    if not claim.is_alive(real_now):
        raise ClaimExpired("start a new claim")
    return _win(account, claim, proof, now) or _owned_before(account, claim, now)


def _win(account: Account, claim: Claim, proof: Proof, now: datetime) -> Charger | None:
    """The charger when this claim was the first, None when another one was."""
    site, is_new = _site(account, proof, now)
    charger = Charger(
        charger_id=claim.charger_id,
        serial=claim.serial,
        owner=account.account_id,
        site_id=site.site_id,
        name=_SUGGESTED_NAMES[account.language],
        phases=expected_phases(site.grid_type, site.phases),
        circuit_fuse_a=min(DEFAULT_CIRCUIT_FUSE_A, site.main_fuse_a),
        claim_epoch=claim.claim_epoch,
        created_at=now,
    )
    if not claims.make_owner(claim, charger, site, is_new=is_new):
        return None
    fresh = iter([(charger, site)])
    _introduce(charger, lambda: next(fresh, None) or settings_of(charger))
    return charger


def _owned_before(account: Account, claim: Claim, now: datetime) -> Charger:
    """The charger when `account` has it already by this claim or another one; ChargerOwned when somebody else has."""
    unit = factory.find(claim.serial)
    if unit is None or unit.owner is None or unit.charger_id is None:
        raise ClaimExpired("start a new claim")
    if unit.owner != account.account_id:
        raise ChargerOwned("the charger has an owner")
    return _told_again(account, unit.charger_id, now)


def _told_again(account: Account, charger_id: ChargerId, now: datetime) -> Charger:
    """The charger as it is now; its settings are written to it again, as that may have failed the first time."""
    charger = chargers.get(charger_id)
    require_at(charger, account.account_id, Action.CHANGE_CHARGER, now)
    _introduce(charger, lambda: settings_of(charger))
    return charger


def _introduce(charger: Charger, read: Callable[[], tuple[Charger, Site]]) -> None:
    """Tell the charger its settings, and have what it reported before it had an owner, maybe a car, taken note of.

    Whoever works that off tells it again, should its site have changed at this very moment.
    """
    config_shadow.write(charger.serial, read)
    if charger.claim_epoch:  # it had an owner before, whose orders are not this one's
        charging_orders.retell(charger)
    planning_queue.ask(charger.charger_id, CLAIMED)


def _site(account: Account, proof: Proof, now: datetime) -> tuple[Site, bool]:
    """The site for the charger, and whether it is to be made."""
    if proof.site_id is None:
        return suggested_site(account.account_id, proof.position, now), True
    if proof.position is not None:
        raise InvalidInput("give a site or a position, not both", field="position")
    site = sites.get(proof.site_id)
    require(account.account_id, Action.READ_SITE, Resource(owner=site.owner), now)
    return site, False
