"""An account: a person with a phone number, and the terms they accepted."""

from datetime import datetime
from typing import Final, Literal

import msgspec

from chalicelib.domain.ids import AccountId, ChargerId, ErasureId, GrantId

CURRENT_TERMS: Final = "2026-11-01"
Language = Literal["no", "en"]


class GrantAt(msgspec.Struct, frozen=True, order=True):
    """Where a grant is stored."""

    charger_id: ChargerId
    grant_id: GrantId


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One person; `phone` is E.164 and never changes. Tokens issued before `signed_out_at` are refused.

    With an `erasure_id` the account is being erased: nobody may act for it any more.
    """

    account_id: AccountId
    phone: str
    language: Language = "no"
    name: str | None = None
    address: str | None = None
    terms_version: str | None = None
    created_at: datetime
    signed_out_at: datetime | None = None
    guest_of: tuple[GrantAt, ...] = ()
    """Where grants of this person may be found; whether they are still there and what they allow is theirs to say."""
    erasure_id: ErasureId | None = None

    @property
    def has_accepted_terms(self) -> bool:
        """Whether the version in force has been accepted."""
        return self.terms_version == CURRENT_TERMS
