"""Whether the machine code in a bundle is for the processor, interpreter and C library that Lambda runs it with.

Asked of the files themselves, because nobody here can import what is made for another processor.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from local.errors import BuildError

MOST_GLIBC_MINOR: Final = 34
"""Amazon Linux 2023, on which Lambda runs Python 3.12 and later, has glibc 2.34."""
_MACHINES: Final = {"arm64": 183, "x86_64": 62}
"""`e_machine` of the ELF header (System V ABI): EM_AARCH64, EM_X86_64."""
_TRIPLETS: Final = {"arm64": "aarch64-linux-gnu", "x86_64": "x86_64-linux-gnu"}
_HEADER: Final = b"\x7fELF\x02\x01"
"""An ELF file of 64 bits, little-endian."""
_GLIBC: Final = re.compile(rb"GLIBC_2\.(\d+)")
_SHARED: Final = re.compile(r"\.so(\.\d+)*$")


def shared_objects(folder: Path) -> Iterator[Path]:
    """Extension modules and the libraries that wheels bring for them."""
    yield from sorted(path for path in folder.rglob("*") if path.is_file() and _SHARED.search(path.name))


def complaint(path: Path, minor: str, architecture: str) -> str | None:
    """What keeps Lambda's Python `minor` on `architecture` from loading a shared object; None if nothing does."""
    content = path.read_bytes()
    if not content.startswith(_HEADER):
        return "is no ELF file of 64 bits"
    if (machine := int.from_bytes(content[18:20], "little")) != _MACHINES[architecture]:
        return f"is for machine {machine}, not {_MACHINES[architecture]}"
    tags = (f".cpython-{minor.replace('.', '')}-{_TRIPLETS[architecture]}.so", ".abi3.so")
    if not path.parent.name.endswith(".libs") and not path.name.endswith(tags):
        return f"is tagged for another interpreter, not {' or '.join(tags)}"
    newest = max((int(found) for found in _GLIBC.findall(content)), default=0)
    return f"needs glibc 2.{newest}" if newest > MOST_GLIBC_MINOR else None


def require_loadable(folder: Path, minor: str, architecture: str) -> int:
    """How many shared objects `folder` has; BuildError names those that Lambda cannot load."""
    found = list(shared_objects(folder))
    told = [(path, complaint(path, minor, architecture)) for path in found]
    wrong = [f"{path.relative_to(folder)} {why}" for path, why in told if why]
    if wrong:
        raise BuildError(f"Python {minor} on {architecture} cannot load: {'; '.join(wrong)}")
    return len(found)
