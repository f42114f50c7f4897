"""The one door: environments are made once, and what does not exist is said plainly."""

import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, for an empty project."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader = SourceFileLoader("dev", str(ROOT / "dev"))
    spec = spec_from_loader("dev", loader)
    assert spec
    module = module_from_spec(spec)
    loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "LOCAL", tmp_path / ".local")
    return module


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """./dev as a person calls it."""
    return subprocess.run([ROOT / "dev", *arguments], text=True, capture_output=True, check=False)


def test_an_environment_is_made_once_and_again_when_its_lock_changes(dev: ModuleType, tmp_path: Path) -> None:
    """The second start costs nothing."""
    lock, folder, built = tmp_path / "lock.txt", tmp_path / "env", []

    def build(into: Path, _: Path) -> None:
        into.mkdir(exist_ok=True)
        built.append(lock.read_text())

    for content in ("one", "one", "two"):
        lock.write_text(content)
        dev.make_environment(folder, lock, build)
    assert built == ["one", "two"]


def test_an_environment_whose_making_failed_is_made_again(dev: ModuleType, tmp_path: Path) -> None:
    """A half-made environment is never taken for a whole one."""
    lock, folder = tmp_path / "lock.txt", tmp_path / "env"
    folder.mkdir()
    (folder / "made-from").write_text("something older")
    lock.write_text("one")

    def fail(_: Path, __: Path) -> None:
        raise SystemExit("no network")

    with pytest.raises(SystemExit):
        dev.make_environment(folder, lock, fail)
    assert not (folder / "made-from").exists()


def test_a_failed_step_ends_with_a_hint_and_the_last_lines_of_its_log(dev: ModuleType) -> None:
    """Nobody has to guess what went wrong."""
    command = [sys.executable, "-c", "import sys; print('connection refused'); sys.exit(1)"]
    with pytest.raises(SystemExit, match=r"is there a way to the index(.|\n)*connection refused"):
        dev.run_logged(command, "pip.log", "is there a way to the index?")


def test_a_python_without_venv_is_told_what_to_install(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debian's python3 comes without it."""
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(SystemExit, match="python3-venv"):
        dev.build_bootstrap(tmp_path / "uv", tmp_path / "lock.txt")


@pytest.mark.parametrize(("arguments", "code", "said"), [((), 0, "usage"), (("fly",), 2, "usage")])
def test_commands_that_do_not_exist_end_with_2(arguments: tuple[str, ...], code: int, said: str) -> None:
    """Help is no failure; a wrong word is."""
    done = run(*arguments)
    assert (done.returncode, said in done.stdout + done.stderr) == (code, True)
