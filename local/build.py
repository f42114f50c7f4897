"""`./dev package`: template and bundle, for AWS or for this machine, made once for each state of the sources."""

import argparse
import contextlib
import hashlib
import json
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import bundle, cold_start, native
from local import template as templates
from local.errors import LocalError
from local.places import CACHE, ROOT

_BUNDLE_LOCK, _LAYER_LOCK = "requirements.txt", "requirements/reports.txt"
_SOURCES = (
    *("app.py", "chalicelib", "device_shadows", "infra", ".chalice"),
    *(_BUNDLE_LOCK, _LAYER_LOCK, "requirements/dev.txt"),
)
MOST_LAYER_MB = 8
"""A function that makes a report loads it; a person waits."""
WITHOUT_BYTECODE = "without bytecode"
"""How the note begins that says so."""
LAYER = "reports-layer.zip"
"""What the template calls it."""
_KEPT, _OLD_S, _SCRATCH = 3, 3600, "making-"
Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Package:
    """What is deployed: a template whose functions have their code in `bundle`; one of them has `layer` beside it."""

    template: Path
    bundle: Path
    layer: Path
    notes: tuple[str, ...]

    @property
    def size_mb(self) -> float:
        """Of the bundle, zipped; a MB is a million bytes."""
        return self.bundle.stat().st_size / 1e6

    def read_template(self) -> dict[str, Any]:
        """The template as data."""
        found: dict[str, Any] = json.loads(self.template.read_text())
        return found


def source_files(root: Path) -> Iterator[Path]:
    """Every file that the package is made of, in a fixed order."""
    for name in (
        *_SOURCES,
        *(
            f"local/{part}.py"
            for part in (
                "build",
                "bundle",
                "cold_start",
                "logs",
                "native",
                "overlay",
                "template",
                "variables",
                "web_paths",
            )
        ),
    ):
        place = root / name
        found = [place] if place.is_file() else sorted(place.rglob("*"))
        yield from (
            path
            for path in found
            if path.is_file() and path.suffix != ".pyc" and path.parent.parent != root / ".chalice"
        )


def digest(*parts: str | bytes) -> str:
    """A short key of texts and contents, none of which can run into the next."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "big") + data)
    return total.hexdigest()[:20]


def key_of(root: Path, target: bundle.Target) -> str:
    """Changes with the name or content of any source, with the locks, the interpreter and the target."""
    parts: list[str | bytes] = [repr(target), sys.version, target.compiler or ""]
    for path in source_files(root):
        parts += [path.relative_to(root).as_posix(), path.read_bytes()]
    return digest(*parts)


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    """A folder to work in, gone afterwards; what a killed build left an hour ago goes too."""
    CACHE.mkdir(parents=True, exist_ok=True)
    for old in CACHE.glob(f"{_SCRATCH}*"):
        if old.stat().st_mtime < time.time() - _OLD_S:
            shutil.rmtree(old, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=CACHE))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _once(place: Path, make: Callable[[Path], None]) -> Path:
    """`place`, made by `make` in a folder beside it first, so that it is either whole or not there."""
    if place.exists():
        place.touch()
        return place
    with _scratch() as making:
        make(making)
        making.chmod(0o755)
        try:
            making.rename(place)
        except OSError:  # somebody else was first, with the same content
            if not place.exists():
                raise
    return place


def _forget_old(prefix: str) -> None:
    """Keep the latest packages only; each is about 10 MB."""
    found = sorted(CACHE.glob(f"{prefix}-*"), key=lambda place: place.stat().st_mtime, reverse=True)
    for old in found[_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def wheels(root: Path, target: bundle.Target, lock_name: str = _BUNDLE_LOCK) -> Path:
    """A folder with a lock's packages, compiled; made anew only when the lock or the target changes."""
    lock = root / lock_name
    code = Path(bundle.__file__).read_bytes()

    def make(folder: Path) -> None:
        bundle.install_wheels(lock, target, folder)
        bundle.compile_tree(folder, target)

    kind = "wheels" if lock_name == _BUNDLE_LOCK else "layer"
    return _once(
        CACHE
        / f"{kind}-{target.name}-{digest(repr(target), sys.version, target.compiler or '', lock.read_bytes(), code)}",
        make,
    )


def _make_layer(root: Path, target: bundle.Target, stage: Path, place: Path) -> str:
    """Write the layer, whose packages Lambda looks for in a folder `python`; the answer is a note of its size."""
    layer = stage / "layer"
    layer.mkdir()
    shutil.copytree(wheels(root, target, _LAYER_LOCK), layer / "python")
    unpacked = bundle.write_zip([layer], place)
    size_mb = bundle.require_small(place, MOST_LAYER_MB)
    return f"layer for reports {size_mb:.1f} MB zipped, at most {MOST_LAYER_MB}; {unpacked / 1e6:.1f} MB unpacked"


def _look_at_machine_code(root: Path, target: bundle.Target) -> str:
    """A note for a bundle that cannot be imported here; BuildError if Lambda could not load a part of it."""
    folders = [wheels(root, target, lock) for lock in (_BUNDLE_LOCK, _LAYER_LOCK)]
    found = sum(native.require_loadable(folder, target.minor, target.architecture) for folder in folders)
    return (
        f"not import-tested, its wheels are for another processor; all of them are there, and their {found} shared "
        f"objects are for Python {target.minor} on {target.architecture} with glibc 2.{native.MOST_GLIBC_MINOR} at most"
    )


def _make(root: Path, target: bundle.Target, folder: Path, progress: Progress) -> None:
    """Write template.json, bundle.zip, the layer and notes.json into `folder`."""
    with _scratch() as stage:
        progress("chalice package ...")
        template, app_zip = templates.run_chalice(root, stage)
        app = stage / "app"
        with zipfile.ZipFile(app_zip) as packed:
            packed.extractall(app)
        bundle.compile_tree(app, target)
        progress(f"wheels for {target.runtime} on {target.architecture} ...")
        unpacked = bundle.write_zip([wheels(root, target), app], folder / "bundle.zip")
        size_mb = bundle.require_small(folder / "bundle.zip", cold_start.MOST_BUNDLE_MB)
        most = f"at most {cold_start.MOST_BUNDLE_MB}"
        notes = [f"bundle {size_mb:.1f} MB zipped, {most}; {unpacked / 1e6:.1f} MB unpacked"]
        notes.append(_make_layer(root, target, stage, folder / LAYER))
        handlers = templates.handlers(template)
        if target is bundle.LAPTOP:
            progress(f"importing {len(handlers)} handlers from nothing but the bundle ...")
            bundle.require_importable(folder / "bundle.zip", handlers, stage / "imported")
        else:
            notes.append(_look_at_machine_code(root, target))
    if target.compiler is None:
        notes.append(f"{WITHOUT_BYTECODE}: only Python {target.minor} itself can make it; no python{target.minor} here")
    made = templates.for_runtime(template, runtime=target.runtime, architecture=target.architecture)
    (folder / "template.json").write_text(json.dumps(made, indent=1))
    (folder / "notes.json").write_text(json.dumps(notes))


def package(target: bundle.Target, progress: Progress, root: Path = ROOT) -> Package:
    """Template and bundle for `target`, from the cache when nothing changed; BuildError when they cannot be made."""
    place = CACHE / f"package-{target.name}-{key_of(root, target)}"
    _once(place, lambda folder: _make(root, target, folder, progress))
    for prefix in (f"package-{target.name}", f"wheels-{target.name}", f"layer-{target.name}"):
        _forget_old(prefix)
    notes = tuple(json.loads((place / "notes.json").read_text()))
    return Package(template=place / "template.json", bundle=place / "bundle.zip", layer=place / LAYER, notes=notes)


def main() -> None:
    """Build for one target and say what came out."""
    parser = argparse.ArgumentParser(prog="./dev package", description="Make the template and the code bundle.")
    parser.add_argument("--stage", choices=sorted(bundle.TARGETS), default="local")
    options = parser.parse_args()
    began = time.monotonic()
    try:
        made = package(bundle.TARGETS[options.stage], lambda text: print(text, file=sys.stderr, flush=True))
    except LocalError as error:
        sys.exit(f"dev package: {error}")
    resources = len(made.read_template()["Resources"])
    for line in (
        f"template {made.template.relative_to(ROOT)} with {resources} resources",
        f"code {made.bundle.relative_to(ROOT)}",
        *made.notes,
        *([_cold_start(made)] if options.stage == bundle.LAPTOP.name else []),
    ):
        print(line)
    print(f"{time.monotonic() - began:.1f} s")


def _cold_start(made: Package) -> str:
    found = cold_start.cold_import(made.bundle)
    return (
        f"cold import {found.own_ms:.0f} ms CPU, at most {cold_start.MOST_IMPORT_MS} "
        f"({found.bare_ms:.0f} ms of it Python alone; medians of {found.runs} new processes)"
    )


if __name__ == "__main__":
    main()
