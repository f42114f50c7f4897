"""Where a list goes on: a sealed token that is good for one person and one list."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from chalicelib.adapters import page_seal
from chalicelib.domain.ids import AccountId

_Item = TypeVar("_Item")


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody goes through a list: whose call it is, which list, from where on (None: its beginning), how many.

    `about` names the list with everything that makes it another one; `real_now` is real time.
    """

    account_id: AccountId
    about: str
    token: str | None
    limit: int
    real_now: datetime

    def after(self) -> str | None:
        """The name of the last item that was seen, None at the beginning.

        InvalidInput for a token of another person or list, and for one that is older than an hour.
        """
        if self.token is None:
            return None
        return page_seal.unseal(self.token, _Place, self.account_id, self.about, self.real_now).after

    def token_after(self, name: str) -> str:
        """The token with which the list goes on behind the item of this name."""
        return page_seal.seal(_Place(name), self.account_id, self.about, self.real_now)


class _Place(msgspec.Struct, frozen=True):
    after: str


class Page(msgspec.Struct, Generic[_Item], frozen=True):
    """Some items of a list, and the token of the next page, None on the last."""

    items: list[_Item]
    next: str | None


def cut(found: Sequence[_Item], name_of: Callable[[_Item], str], way: Way) -> Page[_Item]:
    """The page of a list that was read whole; `name_of` sorts as the list does."""
    after = way.after()
    left = [one for one in found if after is None or name_of(one) > after]
    items = left[: way.limit]
    return Page(items, way.token_after(name_of(items[-1])) if len(left) > way.limit else None)
