"""The little of CBOR (RFC 8949) that a ticket needs, each item in its one shortest form; any other form is refused."""

from typing import Final

from device_shadows.errors import TicketMalformedError

Item = int | bytes | str | list["Item"] | None
UINT, BYTES, TEXT, ARRAY = 0, 2, 3, 4
NULL: Final = b"\xf6"
_INLINE: Final = 24
_WIDTHS: Final = {24: 1, 25: 2, 26: 4, 27: 8}
_MAX_DEPTH: Final = 4


def encode(item: Item) -> bytes:
    """The shortest encoding of a natural number, bytes, text, null, or an array of them."""
    if item is None:
        return NULL
    if isinstance(item, int):
        return _head(UINT, item)
    if isinstance(item, bytes):
        return _head(BYTES, len(item)) + item
    if isinstance(item, str):
        return _head(TEXT, len(item.encode())) + item.encode()
    return _head(ARRAY, len(item)) + b"".join(map(encode, item))


def decode(data: bytes) -> Item:
    """The one item that `data` is; TicketMalformedError if it is anything that `encode` does not write."""
    item, rest = take(data)
    if rest:
        raise TicketMalformedError("bytes behind the end")
    return item


def take(data: bytes) -> tuple[Item, bytes]:
    """The item that `data` begins with, and the rest; errors as of `decode`."""
    item, end = _read(data, 0, _MAX_DEPTH)
    if encode(item) != data[:end]:
        raise TicketMalformedError("not in its shortest form")
    return item, data[end:]


def _head(major: int, value: int) -> bytes:
    if value < 0:
        raise TicketMalformedError("a negative number")
    if value < _INLINE:
        return bytes([major << 5 | value])
    for code, width in _WIDTHS.items():
        if value < 1 << 8 * width:
            return bytes([major << 5 | code]) + value.to_bytes(width)
    raise TicketMalformedError("a number of more than 64 bits")


def _read(data: bytes, at: int, depth: int) -> tuple[Item, int]:
    if depth == 0:
        raise TicketMalformedError("nested too deep")
    if data[at : at + 1] == NULL:
        return None, at + 1
    major, value, at = _read_head(data, at)
    if major == UINT:
        return value, at
    if major in {BYTES, TEXT}:
        return _read_string(data[at : at + value], major, value), at + value
    if major != ARRAY:
        raise TicketMalformedError("a kind of item that no ticket has")
    items: list[Item] = []
    for _ in range(value):
        item, at = _read(data, at, depth - 1)
        items.append(item)
    return items, at


def _read_head(data: bytes, at: int) -> tuple[int, int, int]:
    """Major type, argument, and where the content begins."""
    if at >= len(data):
        raise TicketMalformedError("it ends too early")
    major, short = data[at] >> 5, data[at] & 0x1F
    if short < _INLINE:
        return major, short, at + 1
    width = _WIDTHS.get(short, 0)
    if not width or at + 1 + width > len(data):
        raise TicketMalformedError("a length that cannot be")
    return major, int.from_bytes(data[at + 1 : at + 1 + width]), at + 1 + width


def _read_string(content: bytes, major: int, length: int) -> bytes | str:
    if len(content) != length:
        raise TicketMalformedError("it ends too early")
    if major == BYTES:
        return content
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise TicketMalformedError("not UTF-8") from error
