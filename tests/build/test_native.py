"""What Lambda cannot load is found where nobody can import it."""

from pathlib import Path
from typing import Final

import pytest

from local import build, bundle, native
from local.errors import BuildError
from local.places import ROOT

AARCH64, X86_64 = 183, 62
TAG: Final = "cpython-314-aarch64-linux-gnu"


def elf(machine: int, needs: bytes = b"GLIBC_2.17") -> bytes:
    """As much of a shared object as is looked at."""
    return b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + (3).to_bytes(2, "little") + machine.to_bytes(2, "little") + needs


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        pytest.param(f"a/_b.{TAG}.so", elf(AARCH64), None, id="for this interpreter"),
        pytest.param("a/_b.abi3.so", elf(AARCH64), None, id="for any interpreter"),
        pytest.param("a.libs/libz-1a2b.so.1.3", elf(AARCH64), None, id="a library has no tag"),
        pytest.param(f"a/_b.{TAG}.so", elf(X86_64), "machine 62, not 183", id="another processor"),
        pytest.param("a/_b.cpython-311-aarch64-linux-gnu.so", elf(AARCH64), "interpreter", id="another interpreter"),
        pytest.param("a/_b.so", elf(AARCH64), "interpreter", id="no tag"),
        pytest.param(f"a/_b.{TAG}.so", elf(AARCH64, b"GLIBC_2.17 GLIBC_2.38"), "glibc 2.38", id="too new a library"),
        pytest.param(f"a/_b.{TAG}.so", b"\xcf\xfa\xed\xfe", "no ELF", id="another system"),
    ],
)
def test_what_lambda_cannot_load_is_named(tmp_path: Path, name: str, content: bytes, expected: str | None) -> None:
    """Processor, tag and C library are read from the file."""
    place = tmp_path / name
    place.parent.mkdir()
    place.write_bytes(content)
    if expected is None:
        assert native.require_loadable(tmp_path, "3.14", "arm64") == 1
    else:
        with pytest.raises(BuildError, match=expected):
            native.require_loadable(tmp_path, "3.14", "arm64")


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements/reports.txt"])
def test_lambda_can_load_all_that_aws_gets(lock: str) -> None:
    """Every shared object of bundle and layer, as the wheels for AWS bring them."""
    folder = build.wheels(ROOT, bundle.AWS, lock)
    assert native.require_loadable(folder, bundle.AWS.minor, bundle.AWS.architecture) >= 1
