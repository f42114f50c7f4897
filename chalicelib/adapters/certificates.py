"""Things and their certificates in the device registry of AWS IoT; every call may be repeated."""

from typing import Any, Final, Literal

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.aws import client
from chalicelib.domain.errors import DependencyDown, InvalidInput
from chalicelib.domain.ids import Serial
from chalicelib.settings import settings

_MISSING: Final = "ResourceNotFoundException"


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate: its id, its name in policies (ARN), and itself (PEM)."""

    certificate_id: str
    arn: str
    pem: str


def create(request_pem: str) -> Certificate:
    """A certificate for the key and subject of a signing request; nobody can use it yet."""
    made = _call("create_certificate_from_csr", certificateSigningRequest=request_pem, setAsActive=False)
    return Certificate(certificate_id=made["certificateId"], arn=made["certificateArn"], pem=made["certificatePem"])


def get(certificate_id: str) -> Certificate:
    """The certificate with this id."""
    found = _call("describe_certificate", certificateId=certificate_id)["certificateDescription"]
    return Certificate(certificate_id=certificate_id, arn=found["certificateArn"], pem=found["certificatePem"])


def attach(serial: Serial, certificate: Certificate, policy: str = "") -> None:
    """Make the thing `serial` if it is new, and let the certificate speak for it and for no other.

    Under `policy`, or else that of the chargers.
    """
    try:
        _call("describe_thing", missing=True, thingName=serial)
    except LookupError:
        _call("create_thing", thingName=serial)
    _call("attach_policy", policyName=policy or settings().charger_policy, target=certificate.arn)
    _call("attach_thing_principal", thingName=serial, principal=certificate.arn)


def set_status(certificate_id: str, status: Literal["ACTIVE", "INACTIVE", "REVOKED"]) -> None:
    """Let it connect or not; REVOKED is for ever."""
    _call("update_certificate", certificateId=certificate_id, newStatus=status)


def list_of(serial: Serial) -> list[str]:
    """The ids of all certificates that speak for the thing; none for a thing that does not exist."""
    try:
        found = _call("list_thing_principals", missing=True, thingName=serial)["principals"]
    except LookupError:
        return []
    return [arn.split("/")[-1] for arn in found if ":cert/" in arn]


def _call(operation: str, *, missing: bool = False, **parameters: Any) -> Any:
    """The service's answer; LookupError, if `missing` is asked for, when what it speaks of does not exist."""
    try:
        return getattr(client("iot"), operation)(**parameters)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if missing and code == _MISSING:
            raise LookupError(operation) from error
        if code in {"InvalidRequestException", "CertificateValidationException"}:
            raise InvalidInput("the device registry refuses the signing request", field="csr_pem") from error
        raise DependencyDown("the device registry does not answer") from error
    except BotoCoreError as error:
        raise DependencyDown("the device registry does not answer") from error
