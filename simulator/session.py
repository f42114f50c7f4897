"""What a charger says and hears over MQTT, without MQTT: messages in, messages out, in the order of the contract.

On every connection: subscribe, get both desired shadows, act on what comes, report. What was not acknowledged is sent
again. The shell around it (`simulator.connection`) moves the bytes.
"""

import logging
from datetime import datetime
from typing import Any, Final

import msgspec

from device_shadows import topics
from device_shadows.charging import ChargingDesired, ChargingReported
from device_shadows.codec import convert, decode_message, encode
from device_shadows.config import ConfigDesired, ConfigReported, reported
from device_shadows.errors import ContractError
from device_shadows.names import CHARGING, CONFIG, STATUS
from device_shadows.reading import Reading
from device_shadows.shadow import Delta, Rejected, Shadow, merge, reported_update
from device_shadows.status import StatusReported
from device_shadows.topics import Kind
from simulator.charger import Charger

MAX_READINGS_IN_FLIGHT: Final = 10
NO_SUCH_SHADOW: Final = 404
logger = logging.getLogger(__name__)

Said = Reading | StatusReported | ConfigReported | ChargingReported | str
"""What a message says; for a get, the shadow's name."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message to publish with QoS 1; `says` comes back with the acknowledgement."""

    topic: str
    payload: bytes
    says: Said


class DesiredState:
    """The desired section of one shadow, as far as the charger has heard of it."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {}
        self.version = 0
        self.is_fresh = False

    def begin(self) -> None:
        """A new connection: the next answer to a get counts even with a lower version (the shadow was made anew)."""
        self.is_fresh = False

    def got(self, state: dict[str, Any], version: int) -> bool:
        """Takes the answer to a get; False if a newer delta came first on this connection."""
        if self.is_fresh and version <= self.version:
            return False
        self.state, self.version, self.is_fresh = state, version, True
        return True

    def changed(self, delta: Delta) -> bool:
        """Takes a delta; False if it is not newer than what is known."""
        if delta.version <= self.version:
            return False
        self.state, self.version, self.is_fresh = merge(self.state, delta.state), delta.version, True
        return True


class Session:
    """One charger's side of the contract, across connections."""

    def __init__(self, charger: Charger) -> None:
        self.charger = charger
        self.desired = {CONFIG: DesiredState(), CHARGING: DesiredState()}
        self.to_get: list[str] = []
        self.answered: set[str] = set()
        self.reported: dict[str, Said] = {}
        self.in_flight: list[Said] = []

    @property
    def subscriptions(self) -> list[str]:
        """The exact topics to subscribe to: all answers of the desired shadows, refusals of the status."""
        serial = self.charger.serial
        answers = [topic for shadow in self.desired for topic in topics.shadow_answers(serial, shadow)]
        return [topic for topic in answers if not topic.endswith("/update/accepted")] + [
            f"{topics.shadow_update(serial, STATUS)}/rejected"
        ]

    def connected(self) -> None:
        """The subscriptions stand: ask for the desired state; the whole status is told anew."""
        self.to_get, self.answered, self.reported, self.in_flight = list(self.desired), set(), {}, []
        for state in self.desired.values():
            state.begin()
        self.charger.statuses.append(self.charger.present_status())

    def outgoing(self) -> list[Message]:
        """What is to be published now; it counts as in flight until `acknowledged` or `failed`."""
        messages = [*self._gets(), *self._readings(), *self._statuses(), *self._reports()]
        self.in_flight += [message.says for message in messages]
        return messages

    def acknowledged(self, message: Message) -> None:
        """The broker has the message."""
        said = self._landed(message)
        if isinstance(said, Reading):
            self.charger.acknowledge(said)
        elif isinstance(said, StatusReported):
            self._drop_status(said)
        elif isinstance(said, ConfigReported):
            self.reported[CONFIG] = said
        elif isinstance(said, ChargingReported):
            self.reported[CHARGING] = said
        elif said in self.to_get:
            self.to_get.remove(said)

    def failed(self, message: Message) -> None:
        """The message did not reach the broker: it is still to be sent."""
        self._landed(message)

    def heard(self, topic: str, payload: bytes, now: datetime) -> None:
        """Acts on a message from the cloud; one that breaks the contract changes nothing."""
        try:
            parsed = topics.parse_topic(topic)
            self._act(parsed.kind, parsed.shadow or "", payload, now)
        except (ContractError, KeyError, ValueError) as error:
            logger.warning("message_refused", extra={"topic": topic, "error": str(error)})

    # what it says

    def _gets(self) -> list[Message]:
        serial = self.charger.serial
        return [
            Message(topic=topics.shadow_get(serial, shadow), payload=b"{}", says=shadow)
            for shadow in self.to_get
            if shadow not in self.in_flight
        ]

    def _readings(self) -> list[Message]:
        flying = sum(isinstance(said, Reading) for said in self.in_flight)
        waiting = [reading for reading in self.charger.due_readings() if reading not in self.in_flight]
        topic = topics.reading(self.charger.serial)
        return [
            Message(topic=topic, payload=encode(reading), says=reading)
            for reading in waiting[: MAX_READINGS_IN_FLIGHT - flying]
        ]

    def _statuses(self) -> list[Message]:
        """One at a time, so that the last word is the last."""
        flying = any(isinstance(said, StatusReported) for said in self.in_flight)
        return [] if flying or not self.charger.statuses else [self._report(STATUS, self.charger.statuses[0])]

    def _reports(self) -> list[Message]:
        wanted: dict[str, ConfigReported | ChargingReported] = {CHARGING: self.charger.charging_report}
        if self.charger.config:
            wanted[CONFIG] = reported(self.charger.config)
        return [
            self._report(shadow, report)
            for shadow, report in wanted.items()
            if shadow in self.answered and self.reported.get(shadow) != report and not self._is_flying(type(report))
        ]

    def _is_flying(self, kind: type) -> bool:
        return any(isinstance(said, kind) for said in self.in_flight)

    def _report(self, shadow: str, report: StatusReported | ConfigReported | ChargingReported) -> Message:
        topic = topics.shadow_update(self.charger.serial, shadow)
        return Message(topic=topic, payload=reported_update(report), says=report)

    def _landed(self, message: Message) -> Said | None:
        """What the message said; None if it belongs to a connection that is over."""
        if message.says not in self.in_flight:
            return None
        self.in_flight.remove(message.says)
        return message.says

    def _drop_status(self, status: StatusReported) -> None:
        if self.charger.statuses and self.charger.statuses[0] == status:
            self.charger.statuses.popleft()

    # what it hears

    def _act(self, kind: Kind, shadow: str, payload: bytes, now: datetime) -> None:
        if kind is Kind.SHADOW_GET_ACCEPTED:
            answer = decode_message(payload, Shadow[dict[str, Any], dict[str, Any]])
            self.answered.add(shadow)
            if self.desired[shadow].got(answer.state.desired or {}, answer.version) and answer.state.desired:
                self._apply(shadow, now)
        elif kind is Kind.SHADOW_UPDATE_DELTA:
            if self.desired[shadow].changed(decode_message(payload, Delta)):
                self._apply(shadow, now)
        elif kind in {Kind.SHADOW_GET_REJECTED, Kind.SHADOW_UPDATE_REJECTED}:
            self._refused(kind, shadow, decode_message(payload, Rejected))

    def _refused(self, kind: Kind, shadow: str, refusal: Rejected) -> None:
        if kind is Kind.SHADOW_GET_REJECTED and refusal.code == NO_SUCH_SHADOW:
            self.answered.add(shadow)
            return
        logger.warning("shadow_refused", extra={"shadow": shadow, "code": refusal.code, "reason": refusal.message})

    def _apply(self, shadow: str, now: datetime) -> None:
        state = self.desired[shadow].state
        if shadow == CONFIG:
            self.charger.apply_config(convert(state, ConfigDesired), now)
        else:
            self.charger.apply_charging(convert(state, ChargingDesired), now)
