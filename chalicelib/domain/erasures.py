"""Erasing what is stored about a person, or about one claim of a charger: what is left to do, what proves the end."""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from chalicelib.domain.errors import NotFound
from chalicelib.domain.ids import AccountId, ChargerId, ErasureId, Serial, SiteId

SETTLED_AFTER: Final = timedelta(seconds=40)
"""No function runs longer than 30 s (.chalice/config.json): what began before the cut has ended by then."""
OVERDUE_AFTER: Final = timedelta(minutes=15)


class ErasureKind(StrEnum):
    """What is erased."""

    ACCOUNT = "account"
    CHARGER = "charger"
    """One claim: its owner removed the charger, or support released it."""


class CutCharger(msgspec.Struct, frozen=True, kw_only=True):
    """A charger that was taken from its owner: nobody has it, or somebody new."""

    charger_id: ChargerId
    serial: Serial
    claim_epoch: int
    access_epoch: int
    site_id: SiteId | None = None
    """Where it stood: a round of planning names sites only, and its message may outlive the site."""


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """An erasure that goes on; `began_at` is real time, `cut_at` the product's, at which all access ended.

    `counts` has the rows found in each store that was begun with; `version` counts the changes of this very record.
    """

    erasure_id: ErasureId
    kind: ErasureKind
    began_at: datetime
    cut_at: datetime
    account_id: AccountId | None = None
    number_key: str | None = None
    chargers: tuple[CutCharger, ...] = ()
    counts: dict[str, int] = {}
    version: int = 1

    def is_settled(self, real_now: datetime) -> bool:
        """Whether everything has ended that had begun before the cut."""
        return real_now >= self.began_at + SETTLED_AFTER

    def settles_in_s(self, real_now: datetime) -> int:
        """Whole seconds until then, 0 afterwards."""
        return max(0, -int((real_now - self.began_at - SETTLED_AFTER) // timedelta(seconds=1)))


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """That an erasure came to its end; it names nobody. `digest` is SHA-256 of the rest, so that a change shows."""

    erasure_id: ErasureId
    kind: ErasureKind
    began_at: datetime
    finished_at: datetime
    counts: dict[str, int]
    digest: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether the digest is that of the rest."""
        return self.digest == _digest(self)


class ErasureUnknown(NotFound):
    """There is no such erasure, or it has not come to its end."""

    code = "erasure_unknown"


def proof_of(erasure: Erasure, real_now: datetime) -> Proof:
    """The proof that `erasure` ended at `real_now`."""
    bare = Proof(
        erasure_id=erasure.erasure_id,
        kind=erasure.kind,
        began_at=erasure.began_at,
        finished_at=real_now,
        counts=dict(sorted(erasure.counts.items())),
    )
    return msgspec.structs.replace(bare, digest=_digest(bare))


def _digest(proof: Proof) -> str:
    bare = msgspec.structs.replace(proof, digest="", counts=dict(sorted(proof.counts.items())))
    return hashlib.sha256(msgspec.json.encode(bare)).hexdigest()
