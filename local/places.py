"""Where things lie on this machine; everything under .local/ is ours to make and to remove."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
CACHE = LOCAL / "cache"
RUNS = LOCAL / "run"
UV = LOCAL / "uv" / "bin" / "uv"
EMULATOR_PYTHON = ROOT / ".venv-emulator" / "bin" / "python"
REGION = "eu-north-1"
