"""`chalice package` in a clean copy of the project: the one template, and the app's own part of the bundle."""

import copy
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local import logs, variables, web_paths
from local.errors import BuildError
from local.overlay import is_intrinsic, read_overlay
from local.places import REGION

_LAST_LINES = 8
CHALICE_STAGE = "cloud"  # one stage for AWS and laptop: Chalice writes its name into the template
_NOT_SOURCE = shutil.ignore_patterns("__pycache__", "*.pyc", "deployments", "deployed", ".DS_Store")


def copy_sources(root: Path, stage: Path) -> None:
    """Copy what Chalice packages, without its package cache, bytecode and wheels (we add those ourselves)."""
    for folder in ("chalicelib", ".chalice"):
        shutil.copytree(root / folder, stage / folder, ignore=_NOT_SOURCE)
    shutil.copytree(root / "vendor", stage / "vendor", ignore=_NOT_SOURCE)  # links become folders
    shutil.copy(root / "app.py", stage / "app.py")
    (stage / "requirements.txt").touch()


def run_chalice(root: Path, stage: Path) -> tuple[dict[str, Any], Path]:
    """The merged template and the zip of the app's own code; BuildError with Chalice's words when it fails."""
    copy_sources(root, stage)
    overlay = stage / "overlay.json"
    overlay.write_text(json.dumps(read_overlay((root / "infra").glob("*.yaml"))))
    out = stage / "out"
    chalice = Path(sys.executable).with_name("chalice")
    options = ["--stage", CHALICE_STAGE, "--template-format", "json", "--merge-template", str(overlay)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    environment |= {"AWS_DEFAULT_REGION": REGION, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(chalice), "package", *options, str(out)]
    done = subprocess.run(command, cwd=stage, env=environment, text=True, capture_output=True, check=False)
    if done.returncode:
        raise BuildError(
            "\n".join(["chalice package failed:", *(done.stdout + done.stderr).splitlines()[-_LAST_LINES:]])
        )
    template: dict[str, Any] = json.loads((out / "sam.json").read_text())
    require_sound(template)
    variables.hand_out(template)
    variables.require_small(template)
    logs.give_own(template)
    web_paths.add(template)
    return template, out / "deployment.zip"


def require_sound(template: dict[str, Any]) -> None:
    """Raise BuildError where Chalice's deep merge joined two intrinsic functions into one that means nothing."""
    for place, value in _walk(template, ""):
        if is_intrinsic(value) and len(value) > 1:
            raise BuildError(f"{place} says {' and '.join(sorted(value))} at once; Chalice already says one of them.")


def _walk(value: object, place: str) -> Iterator[tuple[str, Any]]:
    yield place, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(inner, f"{place}/{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _walk(inner, f"{place}/{number}")


def functions(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Properties of every Lambda function by its logical id."""
    resources = template["Resources"].items()
    return {
        name: resource["Properties"] for name, resource in resources if resource["Type"] == "AWS::Serverless::Function"
    }


def handlers(template: dict[str, Any]) -> list[str]:
    """Every `module.function` that Lambda is told to call, sorted."""
    return sorted({properties["Handler"] for properties in functions(template).values()})


def for_runtime(template: dict[str, Any], *, runtime: str, architecture: str) -> dict[str, Any]:
    """The template for one interpreter and processor; it differs in nothing else."""
    made = copy.deepcopy(template)
    for properties in functions(made).values():
        properties["Runtime"] = runtime
        properties["Architectures"] = [architecture]
    return made
