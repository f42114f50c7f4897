"""The code bundle holds what runs, nothing else, and the same bytes each time."""

import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from local import bundle, template
from local.build import key_of
from local.errors import BuildError


def written(folder: Path, **files: str) -> Path:
    """A folder with these files; `__` in a name stands for a folder."""
    for name, content in files.items():
        place = folder / name.replace("__", "/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)
    return folder


def test_chalice_packages_the_contract_through_the_link_and_no_stale_bytecode(project: Path, tmp_path: Path) -> None:
    """vendor/device_shadows is a link; its content must be at the top of the bundle."""
    _, packed = template.run_chalice(project, tmp_path / "stage")
    with zipfile.ZipFile(packed) as found:
        names = {name for name in found.namelist() if not name.startswith("chalice/")}
    assert names == {"app.py", "chalicelib/__init__.py", "chalicelib/words.py", "device_shadows/__init__.py"}


def test_equal_files_give_equal_bytes(tmp_path: Path) -> None:
    """Neither the age of files nor the order of folders shows."""
    old = written(tmp_path / "old", a__x="1", b="2")
    new = written(tmp_path / "new", b="2", a__x="1")
    os.utime(old / "b", (1, 1))
    for folder in (old, new):
        bundle.write_zip([folder], tmp_path / f"{folder.name}.zip")
    assert (tmp_path / "old.zip").read_bytes() == (tmp_path / "new.zip").read_bytes()


def test_bytecode_is_reproducible_and_never_checked_against_its_source(tmp_path: Path) -> None:
    """Flag 1 in the header: hash-based, unchecked (PEP 552)."""
    made = []
    for name in ("one", "two"):
        folder = written(tmp_path / name, m="")
        (folder / "m.py").write_text('NAMES = {"a", "b"}\n')
        bundle.compile_tree(folder, bundle.LAPTOP)
        made.append(next(folder.rglob("*.pyc")).read_bytes())
    assert made[0] == made[1]
    assert made[0][4:8] == (1).to_bytes(4, "little")


def test_descriptions_of_services_we_do_not_use_are_left_out(tmp_path: Path) -> None:
    """Botocore's data is most of its size."""
    folder = written(tmp_path, botocore__data__sqs__x="", botocore__data__ec2__x="", phonenumbers__geodata__x="")
    bundle.trim(folder)
    assert sorted(path.name for path in (folder / "botocore" / "data").iterdir()) == ["sqs"]
    assert not (folder / "phonenumbers" / "geodata").exists()


def test_a_missing_wheel_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chalice only warns and leaves the package out."""
    monkeypatch.setenv("UV_OFFLINE", "1")
    lock = tmp_path / "requirements.txt"
    lock.write_text(f"no-such-package==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(BuildError, match="no-such-package"):
        bundle.install_wheels(lock, bundle.LAPTOP, tmp_path / "wheels")


def wheel(folder: Path, platform: str) -> Path:
    """A lock of one package, whose only wheel, beside it, is for Python 3.14 on that platform."""
    tag, notes = f"cp314-cp314-{platform}", "solo-1.0.dist-info"
    files = {
        "solo.py": "",
        f"{notes}/METADATA": "Metadata-Version: 2.1\nName: solo\nVersion: 1.0\n",
        f"{notes}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: false\nTag: {tag}\n",
        f"{notes}/RECORD": "",
    }
    place = folder / f"solo-1.0-{tag}.whl"
    with zipfile.ZipFile(place, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    lock = folder / "requirements.txt"
    lock.write_text(f"solo==1.0 --hash=sha256:{hashlib.sha256(place.read_bytes()).hexdigest()}\n")
    return lock


def test_a_wheel_for_another_processor_is_a_missing_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there for x86 alone is not there for Lambda on arm64."""
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path))
    with pytest.raises(BuildError, match="solo"):
        bundle.install_wheels(wheel(tmp_path, "manylinux_2_17_x86_64"), bundle.AWS, tmp_path / "x86")
    bundle.install_wheels(wheel(tmp_path, "manylinux_2_17_aarch64"), bundle.AWS, tmp_path / "arm")
    assert (tmp_path / "arm" / "solo.py").exists()


def test_a_handler_that_imports_what_is_not_in_the_bundle_is_a_failure(tmp_path: Path) -> None:
    """Pytest is installed here, but not in the bundle."""
    folder = written(tmp_path / "tree")
    folder.mkdir()
    (folder / "app.py").write_text("import pytest\ndef handle(): ...\n")
    bundle.write_zip([folder], tmp_path / "bundle.zip")
    with pytest.raises(BuildError, match="No module named 'pytest'"):
        bundle.require_importable(tmp_path / "bundle.zip", ["app.handle"], tmp_path / "scratch")


@pytest.mark.parametrize(
    "name", ["chalicelib/words.py", "device_shadows/__init__.py", "infra/base.yaml", "requirements.txt"]
)
def test_a_changed_source_makes_a_new_package(project: Path, name: str) -> None:
    """The cache is keyed by contents."""
    before = key_of(project, bundle.LAPTOP)
    (project / name).write_text("# changed\n")
    assert key_of(project, bundle.LAPTOP) != before


def test_a_renamed_source_makes_a_new_package(project: Path) -> None:
    """The cache is keyed by names too; Chalice's own is not."""
    before = key_of(project, bundle.LAPTOP)
    (project / "chalicelib" / "words.py").rename(project / "chalicelib" / "letters.py")
    assert key_of(project, bundle.LAPTOP) != before


def test_stale_bytecode_makes_no_new_package(project: Path) -> None:
    """Running the tests must not make the next start slow."""
    before = key_of(project, bundle.LAPTOP)
    (project / "chalicelib" / "__pycache__" / "words.cpython-39.pyc").write_text("newer")
    assert key_of(project, bundle.LAPTOP) == before
