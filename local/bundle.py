"""The code bundle: the app's files as Chalice packaged them, locked wheels, bytecode; the same bytes every time."""

import functools
import json
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local.errors import BuildError
from local.places import UV

AWS_SERVICES = (
    "cognito-idp",
    "dynamodb",
    "iot",
    "iot-data",
    "kms",
    "lambda",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "sts",
)
_NEVER_USED = (
    "bin",
    ".lock",
    "phonenumbers/geodata",
    "phonenumbers/carrierdata",
    "phonenumbers/tzdata",
    "boto3/examples",
    "boto3/data",  # of resources; we have clients
    "reportlab/fonts",  # reports embed our own
    "reportlab/graphics",  # we draw on the canvas
    # Reportlab imports Pillow's heart; reports have no pictures, so its codecs and its own writing are never opened.
    *(f"PIL/{part}*.so" for part in ("_avif", "_imagingft", "_imagingcms", "_webp")),
    *(f"pillow.libs/lib{part}*" for part in ("avif", "brotli", "freetype", "harfbuzz", "lcms", "png")),
    *(f"aws_lambda_powertools/{part}" for part in ("event_handler", "utilities/idempotency", "utilities/parser")),
)
_INSTALLER_NOTES = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json")
_LONG_AGO, _UNIX = (1980, 1, 1, 0, 0, 0), 3


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a bundle runs: interpreter and processor, and how uv is asked for their wheels."""

    name: str
    minor: str
    architecture: str
    wheels: tuple[str, ...]

    @property
    def runtime(self) -> str:
        """The name Lambda has for the interpreter."""
        return f"python{self.minor}"

    @functools.cached_property
    def compiler(self) -> str | None:
        """The interpreter on this machine whose bytecode is bytecode there, None if there is none."""
        return sys.executable if self.minor == _HOST_MINOR else shutil.which(f"python{self.minor}")


_HOST_MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"
_HOST_ARCHITECTURE = "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"
LAPTOP = Target(name="local", minor=_HOST_MINOR, architecture=_HOST_ARCHITECTURE, wheels=("--python", sys.executable))
AWS = Target(
    name="aws",
    minor="3.14",  # the newest that Lambda has and that every locked package has a wheel for
    architecture="arm64",
    wheels=("--python-platform", "aarch64-manylinux_2_28", "--python-version", "3.14"),
)
TARGETS = {target.name: target for target in (LAPTOP, AWS)}


def run(command: Sequence[str | Path], failure: str) -> None:
    """Run a build step; BuildError with its output when it fails."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {"PYTHONHASHSEED": "0"}
    done = subprocess.run(command, text=True, capture_output=True, check=False, env=environment)
    if done.returncode:
        raise BuildError(f"{failure}:\n{done.stdout}{done.stderr}".rstrip())


def install_wheels(lock: Path, target: Target, folder: Path) -> None:
    """Fill `folder` with exactly the locked packages, as wheels for `target`; a missing wheel is a BuildError."""
    options = ("--no-config", "--quiet", "--require-hashes", "--only-binary", ":all:", "--link-mode", "copy")
    command: list[str | Path] = [UV, "pip", "install", *options, *target.wheels, "--target", folder, "-r", lock]
    run(command, f"cannot fill the bundle for {target.runtime} on {target.architecture}")
    trim(folder)


def trim(folder: Path) -> None:
    """Leave out what no function reads: descriptions of other AWS services, phone number geography, installer notes."""
    for service in (folder / "botocore" / "data").glob("*/"):
        if service.name not in AWS_SERVICES:
            shutil.rmtree(service)
    for place in [place for pattern in _NEVER_USED for place in folder.glob(pattern)]:
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    for notes in folder.glob("*.dist-info"):
        for name in _INSTALLER_NOTES:
            (notes / name).unlink(missing_ok=True)


def compile_tree(folder: Path, target: Target) -> None:
    """Add bytecode that is never checked against its source; it cannot be made on Lambda's read-only disk."""
    if target.compiler is not None:
        options = ("-q", "-f", "--invalidation-mode", "unchecked-hash", "-s", folder, "-p", "/var/task")
        # -S: nothing that this environment has installed is imported beside the compiler.
        run([target.compiler, "-S", "-m", "compileall", *options, folder], "cannot compile the bundle")


def write_zip(folders: Sequence[Path], target: Path) -> int:
    """All files of `folders` as one zip, sorted and undated so that equal files give equal bytes; bytes unpacked."""
    files = {str(path.relative_to(folder)): path for folder in folders for path in folder.rglob("*") if path.is_file()}
    unpacked = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            entry.create_system = _UNIX
            content = files[name].read_bytes()
            unpacked += len(content)
            packed.writestr(entry, content)
    return unpacked


def require_small(bundle: Path, most_mb: float) -> float:
    """The size of the bundle in MB; BuildError over `most_mb`, because every cold start loads all of it."""
    size_mb = bundle.stat().st_size / 1e6
    if size_mb > most_mb:
        raise BuildError(f"the bundle has {size_mb:.1f} MB zipped, at most {most_mb} MB are allowed: what was added?")
    return size_mb


_IMPORT_ALL = """
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
for handler in json.loads(sys.argv[2]):
    module, name = handler.rsplit(".", 1)
    getattr(importlib.import_module(module), name)
stray = [m.__name__ for m in list(sys.modules.values())
         if "site-packages" in (getattr(m, "__file__", None) or "") and not m.__file__.startswith(sys.argv[1])]
sys.exit(f"imported from outside the bundle: {stray}" if stray else 0)
"""


def require_importable(bundle: Path, handlers: Sequence[str], scratch: Path) -> None:
    """Import every handler from the standard library and the bundle alone; BuildError names what is missing.

    The bundle is unpacked into `scratch`, which is the caller's to remove.
    """
    with zipfile.ZipFile(bundle) as packed:
        packed.extractall(scratch)
    command: list[str | Path] = [sys.executable, "-I", "-S", "-c", _IMPORT_ALL, scratch, json.dumps(list(handlers))]
    run(command, "the bundle lacks something that a function imports")
