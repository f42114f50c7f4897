"""A project as small as one can be that has every kind of part the build knows."""

from pathlib import Path
from typing import Any

import pytest

from local import template as templates
from local.places import ROOT

APP = """
from chalice import Chalice
from chalicelib.words import HELLO
from device_shadows import TOPIC

app = Chalice("small", configure_logs=False)


@app.route("/v1/hello")
def hello():
    return {"hello": HELLO, "topic": TOPIC}


@app.lambda_function(name="tick")
def tick(event, context):
    return None


@app.on_sqs_message(queue_arn={"Fn::GetAtt": ["Letters", "Arn"]}, name="read_letters")
def read_letters(event):
    return None
"""
BASE = """
Parameters:
  Clock: {Type: String, Default: ""}
Globals:
  Function: {Environment: {Variables: {CLOCK: !Ref Clock}}}
"""
LETTERS = """
Globals:
  Function: {Environment: {Variables: {LETTERS_QUEUE_URL: !Ref Letters}}}
Resources:
  Letters: {Type: "AWS::SQS::Queue"}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The folder of a small project."""
    root = tmp_path / "project"
    files = {
        "app.py": APP,
        "chalicelib/__init__.py": "",
        "chalicelib/words.py": 'HELLO = "hello"\n',
        "chalicelib/__pycache__/words.cpython-39.pyc": "old",
        "device_shadows/__init__.py": 'TOPIC = "t"\n',
        "infra/base.yaml": BASE,
        "infra/letters.yaml": LETTERS,
        "requirements.txt": "",
        ".chalice/config.json": '{"version": "2.0", "app_name": "a", "autogen_policy": false, "stages": {"cloud": {}}}',
        ".chalice/policy-cloud.json": '{"Version": "2012-10-17", "Statement": []}',
    }
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    (root / "vendor").mkdir()
    (root / "vendor" / "device_shadows").symlink_to("../device_shadows")
    return root


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """The product's own template and code as Chalice and infra/*.yaml make them; not to be changed."""
    return templates.run_chalice(ROOT, tmp_path_factory.mktemp("stage"))


@pytest.fixture(scope="session")
def product(made: tuple[dict[str, Any], Path]) -> dict[str, Any]:
    """The product's own template."""
    return made[0]
