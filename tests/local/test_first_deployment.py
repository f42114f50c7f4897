"""A first deployment: the name does not point to the system yet, and some things only people can do."""

import ipaddress
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from local import smoke, still_to_do

NAME: Final = "app.nobody-has-this-name.invalid"
MOMENT: Final = datetime(2026, 1, 1, tzinfo=UTC)


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate of its own for a name, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 1, MOMENT, MOMENT + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "certificate.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    secret.write_bytes(key.private_bytes(*form))
    return pem, secret


class Healthy(BaseHTTPRequestHandler):
    """Answers whoever asks by the right name."""

    def do_GET(self) -> None:
        """200 under the name, else 404."""
        self.send_response(200 if self.headers["Host"] == NAME else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def door(tmp_path: Path) -> Iterator[tuple[str, ssl.SSLContext]]:
    """What API Gateway gives as the target of a name: another address, with the name's certificate."""
    pem, secret = certificate(tmp_path, NAME)
    server = HTTPServer((str(ipaddress.IPv4Address("127.0.0.1")), 0), Healthy)
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(pem, secret)
    server.socket = shown.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}", ssl.create_default_context(cafile=str(pem))
    server.shutdown()
    server.server_close()


def test_a_system_is_asked_by_its_name_before_the_name_points_to_it(door: tuple[str, ssl.SSLContext]) -> None:
    """Else no first deployment under a name of our own could ever pass its smoke test."""
    url = f"https://{NAME}/v1/health"
    assert "does not answer" in str(smoke.ask(url, 200, "", smoke.opener()))
    assert smoke.ask(url, 200, "", smoke.opener(*door)) is None


def test_another_s_certificate_is_not_taken(door: tuple[str, ssl.SSLContext]) -> None:
    """The name is still proved."""
    assert "does not answer" in str(smoke.ask("https://localhost/v1/health", 200, "", smoke.opener(*door)))


class Topic:
    """The alarm topic of SNS."""

    def __init__(self, arn: str) -> None:
        self.arn = arn

    def get_paginator(self, _: str) -> "Topic":
        """Of one page."""
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        """One listener."""
        return [{"Subscriptions": [{"Endpoint": "night@example.com", "SubscriptionArn": self.arn}]}]


class Deployed:
    """A stack."""

    def outputs(self) -> dict[str, str]:
        """What it gives out."""
        return {"DomainTarget": "d-1.execute-api.eu-north-1.amazonaws.com", "MeterUrl": "https://x.on.aws/"}

    def resources(self) -> dict[str, str]:
        """Its topic."""
        return {"Alarms": "arn:aws:sns:eu-north-1:123456789012:alarms"}


def left(arn: str, **parameters: str) -> list[str]:
    """What is still to do."""
    return list(still_to_do.everything(lambda _: Topic(arn), Deployed(), parameters))  # type: ignore[arg-type]


def test_whoever_deploys_is_told_that_nobody_hears_alarms_yet() -> None:
    """Until the address has agreed."""
    assert left("PendingConfirmation", AlarmEmail="night@example.com") == [
        "night@example.com must agree to hear alarms, by the message that AWS has sent there"
    ]
    assert left("arn:aws:sns:eu-north-1:123456789012:alarms:1", AlarmEmail="night@example.com") == []
    assert len(left("arn:aws:sns:eu-north-1:123456789012:alarms:1", AlarmEmail="another@example.com")) == 1


def test_whoever_deploys_is_told_which_names_lead_nowhere() -> None:
    """With what they must point to; names that lead somewhere are let be."""
    told = left("", DomainName=NAME, MeterBase=f"https://{NAME}")
    assert told == [
        f"make a record of {NAME} that points to d-1.execute-api.eu-north-1.amazonaws.com",
        f"make https://{NAME} a proxy of https://x.on.aws/ (docs/meter-readers.md)",
    ]
    assert left("", DomainName="localhost", MeterBase="https://localhost") == []
