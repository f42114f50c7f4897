"""infra/*.yaml become one overlay in which nothing is said twice."""

from pathlib import Path

import pytest

from local.errors import BuildError
from local.overlay import read_overlay


def overlay_of(folder: Path, *files: str) -> dict[str, object]:
    """The overlay of files with these contents."""
    for number, content in enumerate(files):
        (folder / f"{number}.yaml").write_text(content)
    return read_overlay(folder.glob("*.yaml"))


def test_sections_of_several_files_are_joined(tmp_path: Path) -> None:
    """Two files may add to the same section."""
    made = overlay_of(
        tmp_path, "Globals: {Function: {Environment: {A: 1}}}", "Globals: {Function: {Environment: {B: 2}}}"
    )
    assert made == {"Globals": {"Function": {"Environment": {"A": 1, "B": 2}}}}


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(("Resources: {Table: {Type: A}}", "Resources: {Table: {Type: A}}"), id="the-same-in-two-files"),
        pytest.param(("Outputs: {X: !Ref A}", "Outputs: {X: !Sub b}"), id="an-intrinsic-over-an-intrinsic"),
        pytest.param(("Resources: {Table: {Type: A}, Table: {Type: A}}",), id="twice-in-one-file"),
    ],
)
def test_a_key_said_twice_is_an_error(tmp_path: Path, files: tuple[str, ...]) -> None:
    """Chalice would let one of them win in silence."""
    with pytest.raises(BuildError, match=r"Table|Type|X"):
        overlay_of(tmp_path, *files)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("!Ref Table", {"Ref": "Table"}),
        ("!GetAtt Table.Arn", {"Fn::GetAtt": ["Table", "Arn"]}),
        ("!Sub 'a-${B}'", {"Fn::Sub": "a-${B}"}),
        ("!If [Real, 1, !Ref A]", {"Fn::If": ["Real", 1, {"Ref": "A"}]}),
        ("!Equals [!Ref A, '']", {"Fn::Equals": [{"Ref": "A"}, ""]}),
        ("2012-10-17", "2012-10-17"),
    ],
)
def test_short_forms_and_dates_are_read_as_cloudformation_reads_them(
    tmp_path: Path, written: str, meant: object
) -> None:
    """A policy's version is text, not a date; a short form is its long form."""
    assert overlay_of(tmp_path, f"Value: {written}") == {"Value": meant}


@pytest.mark.parametrize("content", ["- a list", "{", "Value: !Reference X"])
def test_what_is_no_infra_file_is_named(tmp_path: Path, content: str) -> None:
    """The message says which file is wrong."""
    with pytest.raises(BuildError, match=r"0\.yaml"):
        overlay_of(tmp_path, content)
