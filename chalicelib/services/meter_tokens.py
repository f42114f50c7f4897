"""A reader shows its token over HTTPS: whose it is, with a limit on tries that tells a guesser nothing."""

from datetime import datetime
from typing import Final

from chalicelib.adapters import code_seal
from chalicelib.adapters.dynamo import meters, sending_limits
from chalicelib.adapters.dynamo.meters import Place
from chalicelib.domain.ids import Serial
from chalicelib.domain.meter_readers import TOKEN_CHARS, token_key
from chalicelib.domain.sending_limits import network_of
from chalicelib.observability import count
from chalicelib.services.hints import Hints

MOST_WRONG: Final = 20
"""So many different wrong tokens an hour a network may try; then no token of it is looked at until the hour is over.

A reader that goes on with a token that was replaced counts once, so it locks out nobody at home.
"""
_places: Final = Hints[str, Place]()
"""By the hash of a token, or the name of a thing; both are made anew for each reader, so they never lead elsewhere."""


def find_place(token: str, source_ip: str, real_now: datetime) -> tuple[Place, str] | None:
    """Where the reader with this token stands, and the token's hash; None for every other, whatever is wrong with it.

    Whoever gets the place must still compare the hash with the reader's: the index follows the table, and what this
    process knows from an earlier call may be over. The tries count where nothing is known of a token.
    """
    key = token_key(token)
    if known := _places.find(key):
        return known, key
    network = code_seal.network_key(network_of(source_ip).name)
    if sending_limits.count_wrong_tokens(network, real_now) >= MOST_WRONG:
        count("MeterTokenRefused", reason="too_many")
        return None
    place = meters.find_by_token(key) if len(token) == TOKEN_CHARS and token.isascii() else None
    if place is None:
        note_wrong(key, source_ip, real_now)
        return None
    return place, key


def find_place_of_thing(thing: Serial) -> Place | None:
    """Where the reader stands that is this thing; None for a thing that is nobody's reader."""
    return _places.find(thing) or meters.find_by_thing(thing)


def note_right(key: str, place: Place) -> None:
    """The reader that stands there was found to have this token, or to be this thing."""
    _places.keep(key, place)


def forget(key: str) -> None:
    """The reader that stands there is another one."""
    _places.drop(key)


def note_wrong(key: str, source_ip: str, real_now: datetime) -> None:
    """A token that is nobody's was tried."""
    forget(key)
    sending_limits.note_wrong_token(code_seal.network_key(network_of(source_ip).name), key, real_now)
    count("MeterTokenRefused", reason="unknown")
