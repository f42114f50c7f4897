"""`zmart factory register`: chargers enter the registry."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from typer.testing import CliRunner

from chalicelib.adapters.dynamo import factory
from chalicelib.domain.ids import Serial
from cli.__main__ import app


def a_key() -> str:
    """A new public key in PEM."""
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def register(file: Path, *units: object) -> tuple[int, str]:
    """Exit code and output of registering these units."""
    file.write_text(json.dumps(units))
    done = CliRunner().invoke(app, ["factory", "register", str(file), "--json"])
    return done.exit_code, done.output.strip()


@pytest.mark.usefixtures("cloud")
def test_registered_chargers_can_be_found_and_registering_again_changes_nothing(tmp_path: Path) -> None:
    """A batch may be sent twice."""
    unit = {"serial": "ZC-TEST-01", "public_key_pem": a_key(), "model": "m1"}
    assert register(tmp_path / "f", unit) == (0, '{"registered":1,"new":1,"certificates":0}')
    assert register(tmp_path / "f", unit) == (0, '{"registered":1,"new":0,"certificates":0}')
    found = factory.find(Serial("ZC-TEST-01"))
    assert found
    assert found.public_key_pem == unit["public_key_pem"]


@pytest.mark.usefixtures("cloud")
def test_a_serial_with_another_key_is_refused(tmp_path: Path) -> None:
    """Two chargers with one serial would be one thing."""
    unit = {"serial": "ZC-TEST-01", "public_key_pem": a_key(), "model": "m1"}
    register(tmp_path / "f", unit)
    code, said = register(tmp_path / "f", unit | {"public_key_pem": a_key()})
    assert (code, said.startswith("error: serial_taken")) == (1, True)


@pytest.mark.parametrize("unit", [{"serial": "ZC-TEST-01"}, {"serial": 1, "public_key_pem": "", "model": ""}, "x"])
def test_a_file_in_another_form_is_refused_with_2(tmp_path: Path, unit: object) -> None:
    """Before anything is entered."""
    code, said = register(tmp_path / "f", unit)
    assert (code, said.startswith("error: ")) == (2, True)
