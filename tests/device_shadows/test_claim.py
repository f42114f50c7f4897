"""What a charger signs at a claim, byte by byte."""

import pytest

from device_shadows import claim
from device_shadows.errors import ClaimInvalidError
from device_shadows.names import Serial

SERIAL, NONCE, HASH = Serial("ZC-000001"), "abcdefghijklmnop_-01", "0f" * 32


def test_the_signed_bytes_are_five_lines() -> None:
    """Domain, serial, nonce, user hash, epoch; no line feed at the end."""
    assert claim.claim_message(SERIAL, NONCE, HASH, 3) == (
        b"zmartcharge-claim-v1\nZC-000001\nabcdefghijklmnop_-01\n" + b"0f" * 32 + b"\n3"
    )


@pytest.mark.parametrize(
    ("nonce", "user_hash", "epoch"),
    [
        ("short", HASH, 0),
        ("a" * 129, HASH, 0),
        (NONCE + "\n", HASH, 0),
        (NONCE + "\nx", HASH, 0),
        (NONCE + "=", HASH, 0),
        (NONCE, "0F" * 32, 0),
        (NONCE, "0f" * 31, 0),
        (NONCE, HASH + "\n", 0),
        (NONCE, HASH, -1),
    ],
)
def test_no_part_can_reach_into_the_next_line(nonce: str, user_hash: str, epoch: int) -> None:
    """Two different claims never have the same bytes."""
    with pytest.raises(ClaimInvalidError):
        claim.claim_message(SERIAL, nonce, user_hash, epoch)


def test_a_user_is_known_to_the_charger_only_as_a_hash() -> None:
    """Hex SHA-256 of the account id (the value of `printf acc_1 | sha256sum`)."""
    assert claim.user_hash("acc_1") == "d20de1051f11687f16681900c62a9882c394a01e223d79915b30ad8e0261e8d1"


def test_a_fingerprint_is_short_enough_for_a_qr_code() -> None:
    """16 bytes of SHA-256, base64url, no padding (the digest of nothing is e3b0c442 98fc1c14 9afbf4c8 996fb924 ...)."""
    assert claim.fingerprint(b"") == "47DEQpj8HBSa-_TImW-5JA"


@pytest.mark.parametrize("data", [b"", b"a", b"ab", b"abc", bytes(range(256))])
def test_base64url_comes_back(data: bytes) -> None:
    """Whatever the length, without padding."""
    assert claim.from_base64url(claim.to_base64url(data)) == data


@pytest.mark.parametrize("text", ["a", "ab=", "a+b/", "ab cd", "æøå", "abcde"])
def test_what_is_no_base64url_is_refused(text: str) -> None:
    """No padding, no other alphabet, no impossible length."""
    with pytest.raises(ClaimInvalidError):
        claim.from_base64url(text)
