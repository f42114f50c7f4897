"""The product's own template and bundle, as AWS and the laptop get them."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from device_shadows.meter import MAX_BASE_CHARS
from local import build, bundle, template
from local.places import ROOT
from local.schedules import read_schedules

PACKAGED = ("chalicelib", "device_shadows")


@pytest.fixture(scope="module")
def package() -> build.Package:
    """What ./dev up deploys."""
    return build.package(bundle.LAPTOP, lambda _: None)


def for_aws(package: build.Package) -> dict[str, Any]:
    """The template as AWS gets it."""
    return template.for_runtime(
        package.read_template(), runtime=bundle.AWS.runtime, architecture=bundle.AWS.architecture
    )


def test_the_bundle_holds_the_product_and_nothing_of_the_laptop(package: build.Package) -> None:
    """Every source and data file of the packaged folders; no tests, no simulator, no tools."""
    files = [path for folder in PACKAGED for path in (ROOT / folder).rglob("*") if path.is_file()]
    wanted = {str(path.relative_to(ROOT)) for path in files if "__pycache__" not in path.parts} | {"app.py"}
    with zipfile.ZipFile(package.bundle) as packed:
        names = set(packed.namelist())
    assert wanted <= names
    tops = {name.split("/")[0] for name in names}
    assert not tops & {"tests", "simulator", "local", "cli", "web", "infra", "pytest", "ministack", "awscrt", "highspy"}


def test_every_module_of_the_product_has_its_bytecode(package: build.Package) -> None:
    """Lambda's disk is read-only: what is not compiled here is compiled at every cold start."""
    with zipfile.ZipFile(package.bundle) as packed:
        names = set(packed.namelist())
    sources = [Path(name) for name in names if name.startswith(PACKAGED) and name.endswith(".py")]
    tag = f"cpython-{bundle.LAPTOP.minor.replace('.', '')}"
    assert all(str(path.parent / "__pycache__" / f"{path.stem}.{tag}.pyc") in names for path in sources)


def test_every_aws_service_that_an_adapter_opens_is_described_in_the_bundle() -> None:
    """Botocore's descriptions of all others are left out."""
    opened = {
        name
        for path in (ROOT / "chalicelib").rglob("*.py")
        for name in re.findall(r"\bclient\(\s*\"([a-z0-9-]+)\"", path.read_text())
    }
    assert opened
    assert opened <= set(bundle.AWS_SERVICES)


def test_every_schedule_calls_a_function_of_the_template(package: build.Package) -> None:
    """By a reference, in a time zone, at a time that comes."""
    found = package.read_template()
    schedules = read_schedules(found)
    assert schedules
    assert {schedule.function for schedule in schedules} <= set(template.functions(found))


def test_cloudformation_s_own_checker_accepts_the_template(package: build.Package, tmp_path: Path) -> None:
    """Without a warning; what it merely advises is ours to judge."""
    place = tmp_path / "template.json"
    place.write_text(json.dumps(for_aws(package)))
    checker = str(Path(sys.executable).with_name("cfn-lint"))
    command = [checker, "--non-zero-exit-code", "warning", "--regions", "eu-north-1", "--template", str(place)]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout


_WRITE_ALL = """
import sys
sys.path[:0] = sys.argv[1:]
from chalicelib.adapters.documents import page, values, workbook
import reportlab, xlsxwriter
from chalicelib.adapters.documents.pen import Pen
Pen(title="a", author="b", subject="c", language="no").finish()
assert reportlab.__file__.startswith(sys.argv[1]) and xlsxwriter.__file__.startswith(sys.argv[1])
"""


def test_the_layer_has_all_that_files_of_a_month_need_and_the_bundle_none_of_it(
    package: build.Package, tmp_path: Path
) -> None:
    """What no API call needs is not in what every API call loads; Lambda puts a layer's folder `python` on the path."""
    for archive, name in ((package.layer, "layer"), (package.bundle, "bundle")):
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(tmp_path / name)
    assert not [part for part in ("reportlab", "xlsxwriter", "PIL") if (tmp_path / "bundle" / part).exists()]
    places = (str(tmp_path / "layer" / "python"), str(tmp_path / "bundle"))
    command = [sys.executable, "-I", "-S", "-c", _WRITE_ALL, *places]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_one_function_has_the_layer(package: build.Package) -> None:
    """The API has not."""
    functions = template.functions(package.read_template())
    assert [name for name, function in functions.items() if "Layers" in function] == ["MakeReport"]


def test_the_template_lets_nobody_deploy_an_address_that_a_meter_reader_cannot_keep(package: build.Package) -> None:
    """What is told with a reader's token is the parameter, and that has at most the firmware's 63 characters."""
    found = for_aws(package)
    variables = found["Resources"]["APIHandler"]["Properties"]["Environment"]["Variables"]
    assert [variables[name] for name in ("METER_BASE", "MQTT_ENDPOINT")] == [
        {"Ref": "MeterBase"},
        {"Ref": "MqttEndpoint"},
    ]
    base = found["Parameters"]["MeterBase"]
    assert base["MaxLength"] == MAX_BASE_CHARS == 63
    assert re.search(base["AllowedPattern"], "https://meter.zmartcharge.example")
    assert not re.search(base["AllowedPattern"], "https://meter zmartcharge")
    assert not re.search(base["AllowedPattern"], "mqtt://meter.zmartcharge.example")
