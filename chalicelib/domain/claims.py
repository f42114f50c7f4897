"""Claiming: whoever stands beside a charger that nobody owns becomes its owner."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from chalicelib.domain.errors import Conflict, InvalidInput, NotFound
from chalicelib.domain.ids import AccountId, ChargerId, ClaimId, Serial

LIFE: Final = timedelta(seconds=600)


class UnitState(StrEnum):
    """Whether a made charger can be claimed."""

    UNCLAIMED = "unclaimed"
    CLAIMED = "claimed"
    BLOCKED = "blocked"
    """Support has cut it off; its owner, if it has one, keeps what was."""


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """One charger as the factory made it, and whose it is; `claim_epoch` counts how often it was released.

    `access_epoch` is where the next owner's begins: above all that tickets were ever made for.
    """

    serial: Serial
    public_key_pem: str
    fingerprint: str
    model: str
    state: UnitState = UnitState.UNCLAIMED
    claim_epoch: int = 0
    access_epoch: int = 0
    owner: AccountId | None = None
    charger_id: ChargerId | None = None
    certificate_id: str | None = None
    next_certificate_id: str | None = None
    """A certificate that takes the place of the other as soon as the charger has used it."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A person's try to become the owner, good until `expires_at` (real time).

    `public_key_pem` is the charger's; `charger_id` is what it will be called when this claim wins, `access_epoch` what
    it will begin with.
    """

    claim_id: ClaimId
    account_id: AccountId
    serial: Serial
    public_key_pem: str
    nonce: str
    claim_epoch: int
    access_epoch: int = 0
    charger_id: ChargerId
    expires_at: datetime
    is_won: bool = False

    def is_alive(self, now: datetime) -> bool:
        """Whether a proof is still accepted at real time `now`."""
        return now < self.expires_at


class UnitUnknown(NotFound):
    """The registry of made chargers has no such serial."""

    code = "unit_unknown"


class UnitBlocked(Conflict):
    """Support has cut the unit off; it gets no certificate."""

    code = "unit_blocked"


class ChargerOwned(Conflict):
    """The proof is right, but the charger belongs to somebody else; who that is remains unsaid."""

    code = "charger_owned"


class ClaimExpired(Conflict):
    """The nonce is too old: start again."""

    code = "claim_expired"


class ProofNotValid(InvalidInput):
    """The signature was not made by this charger for this person and this claim."""

    code = "proof_not_valid"

    def __init__(self) -> None:
        super().__init__("the charger did not sign this claim", field="signature")


class SerialTaken(Conflict):
    """The registry has another key under this serial."""

    code = "serial_taken"
