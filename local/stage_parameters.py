"""With which parameters a stage is deployed: what its file says, what the account tells, and nothing of the laptop's.

Whatever the laptop passes has its place in one of the sets below, or AWS has it by default (a test looks at each).
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from local.errors import BadInputError
from local.overlay import read_overlay
from local.places import ROOT

STAGES: Final = ROOT / "infra" / "stages"
WITHOUT: Final = "Without"
"""In a stage's file: the parameters it chooses to live without."""
NEEDED: Final[Mapping[str, str]] = {
    "AlarmEmail": "whom alarms are told",
    "ApnsApplicationArn": "how Apple's phones are reached",
    "CertificateArn": "the certificate of DomainName",
    "DomainName": "the name of page and API",
    "FcmApplicationArn": "how Google's phones are reached",
    "MeterBase": "the https address that meter readers call, at most 63 characters",
}
"""What a stage's file must say: a system that lacks it works, but not for everybody."""
FOUND: Final = "MqttEndpoint"
"""What the account itself knows; a stage's file may name another, such as a domain of ours."""
NOT_ON_AWS: Final = frozenset({"AddressBase", "Clock", "JwksBase", "Place", "PriceFeedBase"})
"""What stands in for AWS or for time itself; only a laptop chooses it."""
_SECURE: Final = "https://"


def read_stage(stage: str, folder: Path = STAGES) -> dict[str, Any]:
    """What a stage's file says; BadInputError if there is no such stage or it is no JSON object."""
    known = sorted(path.stem for path in folder.glob("*.json"))
    if stage not in known:
        raise BadInputError(f"There is no stage {stage}; infra/stages/ has {', '.join(known)}.")
    try:
        found = json.loads((folder / f"{stage}.json").read_text())
    except ValueError as error:
        raise BadInputError(f"infra/stages/{stage}.json is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise BadInputError(f"infra/stages/{stage}.json is no JSON object.")
    return found


def data_endpoint(iot: Any) -> str:
    """Where devices of this account and region connect to by MQTT, as a host name."""
    return str(iot.describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"])


def known_parameters(folder: Path = ROOT / "infra") -> dict[str, Any]:
    """The parameters of the template, which stand in infra/ alone."""
    found: dict[str, Any] = read_overlay(folder.glob("*.yaml"))["Parameters"]
    return found


def parameters(stage: str, said: Mapping[str, Any], known: Mapping[str, Any], endpoint: str) -> dict[str, str]:
    """All that CloudFormation is given; BadInputError with everything that is wrong with the stage's file."""
    given = {name: str(value) for name, value in said.items() if name != WITHOUT and value != ""}
    without = {str(name) for name in said.get(WITHOUT, ())}
    given = {FOUND: endpoint} | given
    wrong = [*_misnamed(given.keys() | without, known), *_missing(given, without, known)]
    wrong += [text for name, value in given.items() if name in known and (text := _refused(name, value, known[name]))]
    if wrong:
        raise BadInputError(f"infra/stages/{stage}.json: {'; '.join(wrong)}.")
    return given


def _misnamed(names: set[str], known: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(names):
        if name not in known:
            yield f"the template has no parameter {name}"
        elif name in NOT_ON_AWS:
            yield f"{name} is the laptop's alone"


def _missing(given: Mapping[str, str], without: set[str], known: Mapping[str, Any]) -> Iterator[str]:
    if missing := sorted(NEEDED.keys() - given.keys() - without):
        told = ", ".join(f"{name} ({NEEDED[name]})" for name in missing)
        yield f'what is missing must be said, or named in "{WITHOUT}": {told}'
    for name in sorted(given.keys() & without):
        yield f'{name} has a value and is named in "{WITHOUT}"'
    if ("DomainName" in given) != ("CertificateArn" in given):
        yield "DomainName and CertificateArn belong together"
    for name in sorted(name for name, one in known.items() if "Default" not in one and name not in given):
        yield f"{name} is missing and has no default"


def _refused(name: str, value: str, allowed: Mapping[str, Any]) -> str | None:
    """What is wrong with a value, by the template's own rules, before AWS is asked; None if nothing is."""
    if name == "MeterBase" and not value.startswith(_SECURE):
        return f"{name} must begin with {_SECURE}"
    if len(value) > allowed.get("MaxLength", len(value)):
        return f"{name} has more than {allowed['MaxLength']} characters"
    if "AllowedValues" in allowed and value not in allowed["AllowedValues"]:
        return f"{name} must be one of {', '.join(allowed['AllowedValues'])}"
    if "AllowedPattern" in allowed and not re.fullmatch(allowed["AllowedPattern"], value):
        return f"{name} must look like {allowed['AllowedPattern']}"
    if allowed["Type"] == "Number" and not re.fullmatch(r"\d+(\.\d+)?", value):
        return f"{name} must be a number"
    return None
