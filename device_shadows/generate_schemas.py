"""Writes the JSON Schemas for the firmware team from the code: `python -m device_shadows.generate_schemas`."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from device_shadows.documents import DOCUMENTS

FOLDER: Final = Path(__file__).parent / "schemas"


def make_schemas() -> Mapping[str, bytes]:
    """The text of every schema by its file name."""
    return {f"{name}.json": _schema_of(name, kind) for name, kind in DOCUMENTS.items()}


def write_schemas(folder: Path = FOLDER) -> int:
    """Makes the folder hold exactly the schemas; how many."""
    folder.mkdir(exist_ok=True)
    schemas = make_schemas()
    for old in folder.glob("*.json"):
        if old.name not in schemas:
            old.unlink()
    for name, text in schemas.items():
        (folder / name).write_bytes(text)
    return len(schemas)


def _schema_of(name: str, kind: type[msgspec.Struct]) -> bytes:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": name}
    plain = schema | _as_written(msgspec.json.schema(kind))
    return msgspec.json.format(msgspec.json.encode(plain), indent=2) + b"\n"


def _as_written(schema: Any) -> Any:
    """The schema of what is written: UNKNOWN is how a reader sees a value that is newer than itself.

    A whole number is written as one: Python takes a type with the limit 1000 and one with 1000.0 for the same.
    """
    if isinstance(schema, dict):
        return {name: _as_written(value) for name, value in schema.items()}
    if isinstance(schema, list):
        return [_as_written(value) for value in schema if value != "UNKNOWN"]
    if isinstance(schema, float) and schema.is_integer():
        return int(schema)
    return schema


if __name__ == "__main__":
    sys.stdout.write(f"{write_schemas()} schemas in {FOLDER.name}/\n")
