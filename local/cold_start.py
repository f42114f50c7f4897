"""What a cold start of the bundle costs: its size, and a new process that imports app.py from it alone."""

import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

MOST_BUNDLE_MB, MOST_IMPORT_MS = 16, 350
RUNS = 5
_USED = "import resource; used = resource.getrusage(resource.RUSAGE_SELF); print(used.ru_utime + used.ru_stime)"
_REGION = {"AWS_REGION": "eu-north-1"}


@dataclass(frozen=True, kw_only=True)
class ColdImport:
    """CPU time in ms, medians of `runs` new processes: with the import of app.py, and of Python alone."""

    own_ms: float
    bare_ms: float
    runs: int


def cold_import(bundle: Path, runs: int = RUNS) -> ColdImport:
    """What importing app.py costs; the bundle must be for this interpreter."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(bundle) as packed:
            packed.extractall(folder)
        _cpu_ms("import app", folder)  # the disk's first read is the machine's cost, not ours
        pairs = [(_cpu_ms("import app", folder), _cpu_ms("pass", folder)) for _ in range(runs)]
    return ColdImport(own_ms=median(own for own, _ in pairs), bare_ms=median(bare for _, bare in pairs), runs=runs)


def _cpu_ms(code: str, folder: str) -> float:
    command = [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = [{folder!r}]; {code}; {_USED}"]
    done = subprocess.run(command, cwd=folder, env=_REGION, capture_output=True, check=True)
    return float(done.stdout) * 1000
