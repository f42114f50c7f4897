"""infra/*.yaml become the one overlay that `chalice package` merges into its template.

Chalice takes a single file and lets its values win silently. Here every key is said once: the same key in two files,
or twice in one, is an error.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from local.errors import BuildError

_FUNCTIONS = {"And", "Base64", "Equals", "FindInMap", "GetAtt", "If", "Join", "Not", "Or", "Select", "Split", "Sub"}


class _InfraLoader(yaml.SafeLoader):
    """YAML as CloudFormation reads it: intrinsic functions as tags, dates are text, a repeated key is an error."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _mapping(loader: _InfraLoader, node: yaml.MappingNode) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in found:
            raise BuildError(
                f"{key_node.start_mark.name}, line {key_node.start_mark.line + 1}: {key} stands there twice."
            )
        found[key] = loader.construct_object(value_node, deep=True)
    return found


def _intrinsic(loader: _InfraLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_object(node, deep=True)
    if suffix in {"Ref", "Condition"}:
        return {suffix: value}
    if suffix not in _FUNCTIONS:
        raise BuildError(
            f"{node.start_mark.name}, line {node.start_mark.line + 1}: !{suffix} is no intrinsic function."
        )
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


_InfraLoader.add_constructor("tag:yaml.org,2002:map", _mapping)
_InfraLoader.add_multi_constructor("!", _intrinsic)


def is_intrinsic(value: object) -> bool:
    """Whether `value` is a CloudFormation function or reference rather than a structure."""
    return isinstance(value, dict) and any(key == "Ref" or key.startswith("Fn::") for key in value)


def read_infra(path: Path) -> dict[str, Any]:
    """One infra file as plain data; BuildError names file and line of what is wrong."""
    try:
        with path.open() as stream:
            found = yaml.load(stream, Loader=_InfraLoader)  # noqa: S506  (a SafeLoader with our own tags)
    except yaml.YAMLError as error:
        raise BuildError(f"{path.name} is not YAML: {error}") from error
    if not isinstance(found, dict):
        raise BuildError(f"{path.name} holds no sections.")
    return found


def merge(into: dict[str, Any], more: dict[str, Any], place: str) -> None:
    """Add `more` to `into`; structures are joined, anything said twice is a BuildError with its place."""
    for key, value in more.items():
        if key not in into:
            into[key] = value
        elif (
            isinstance(into[key], dict)
            and isinstance(value, dict)
            and not (is_intrinsic(into[key]) or is_intrinsic(value))
        ):
            merge(into[key], value, f"{place}/{key}")
        else:
            raise BuildError(f"{place}/{key} is said by more than one infra file.")


def read_overlay(paths: Iterable[Path]) -> dict[str, Any]:
    """All infra files as one overlay."""
    overlay: dict[str, Any] = {}
    for path in sorted(paths):
        merge(overlay, read_infra(path), path.name)
    return overlay
