"""One template for AWS and for the laptop."""

from pathlib import Path
from typing import Any

import pytest

from local import template as templates
from local.bundle import AWS, LAPTOP
from local.errors import BuildError


@pytest.fixture
def template(project: Path, tmp_path: Path) -> dict[str, Any]:
    """What Chalice makes of the small project."""
    return templates.run_chalice(project, tmp_path / "stage")[0]


def differences(one: object, other: object, place: str = "") -> set[str]:
    """Places at which two documents differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = one.keys() | other.keys()
        return set().union(*(differences(one.get(key), other.get(key), f"{place}/{key}") for key in keys))
    return set() if one == other else {place}


def test_stages_differ_in_runtime_and_architecture_only(template: dict[str, Any]) -> None:
    """The template that the laptop gets is the template that AWS gets."""
    made = [templates.for_runtime(template, runtime=to.runtime, architecture=to.architecture) for to in (AWS, LAPTOP)]
    functions = {"APIHandler", "Tick", "ReadLetters"}
    places = {f"/Resources/{name}/Properties/{what}" for name in functions for what in ("Runtime", "Architectures")}
    assert differences(made[0], made[1]) <= places
    assert made[0]["Resources"]["Tick"]["Properties"]["Runtime"] == "python3.14"
    assert made[0]["Resources"]["Tick"]["Properties"]["Architectures"] == ["arm64"]


def test_the_overlay_reaches_the_template(template: dict[str, Any]) -> None:
    """Variables and resources of ours stand beside what Chalice made."""
    assert template["Resources"]["Tick"]["Properties"]["Environment"] == {"Variables": {"CLOCK": {"Ref": "Clock"}}}
    assert template["Outputs"]["VariableLettersQueueUrl"] == {"Value": {"Ref": "Letters"}}
    assert template["Resources"]["Letters"] == {"Type": "AWS::SQS::Queue"}


def test_every_handler_is_listed_once(template: dict[str, Any]) -> None:
    """The handlers are what the import test imports."""
    assert templates.handlers(template) == ["app.app", "app.read_letters", "app.tick"]


def test_two_intrinsic_functions_at_one_place_are_an_error(project: Path, tmp_path: Path) -> None:
    """Chalice's deep merge would join its own Fn::GetAtt and our Fn::Sub into one meaningless value."""
    source = "{ReadLettersSqsEventSource: {Properties: {Queue: !Sub x}}}"
    (project / "infra" / "event.yaml").write_text(f"Resources: {{ReadLetters: {{Properties: {{Events: {source}}}}}}}")
    with pytest.raises(BuildError, match="at once"):
        templates.run_chalice(project, tmp_path / "stage")


def test_an_app_that_cannot_be_imported_is_told_in_chalice_s_words(project: Path, tmp_path: Path) -> None:
    """A failing package command is an error, with the reason."""
    (project / "app.py").write_text("import no_such_module\n")
    with pytest.raises(BuildError, match="no_such_module"):
        templates.run_chalice(project, tmp_path / "stage")
