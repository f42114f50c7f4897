"""Ids are types of their own, so that one is never passed for another."""

from typing import NewType

AccountId = NewType("AccountId", str)
SiteId = NewType("SiteId", str)
ChargerId = NewType("ChargerId", str)
ClaimId = NewType("ClaimId", str)
ChallengeId = NewType("ChallengeId", str)
GrantId = NewType("GrantId", str)
Serial = NewType("Serial", str)
ErasureId = NewType("ErasureId", str)
Zone = NewType("Zone", str)
GridCompanyId = NewType("GridCompanyId", str)
