"""What the API asks of the function that makes files of a charger's month."""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from chalicelib.domain.accounts import Language
from chalicelib.domain.ids import ChargerId

MOST_FILE_BYTES: Final = 4_300_000
"""Lambda answers at most 6 MB, which are base64 twice over: from one function to the other, and to API Gateway."""


class ReportKind(StrEnum):
    """The files there are."""

    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"


class ReportOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A month of a charger as a file; access is decided before it is written.

    `own_grants` are the grants whose use may be shown; None: everything, as for the owner.
    """

    kind: ReportKind
    charger_id: ChargerId
    year: int
    month: int
    language: Language
    now: datetime
    own_grants: tuple[str, ...] | None = None
