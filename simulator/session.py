"""What a charger says and hears over MQTT, without MQTT: messages in, messages out, in the order of the contract.

On every connection: subscribe, get both desired shadows and the next job, act on what comes, report. What was not
acknowledged is sent again. The shell around it (`simulator.connection`) moves the bytes.
"""

import logging
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

import msgspec

from device_shadows import topics
from device_shadows.charging import ChargingDesired, ChargingReported
from device_shadows.codec import convert, decode, decode_message, encode
from device_shadows.command import Command, Result
from device_shadows.config import ConfigDesired, ConfigReported, reported
from device_shadows.desired import DesiredState
from device_shadows.errors import ContractError
from device_shadows.jobs import JobRefused, NextJob, job_update
from device_shadows.limit import Limit
from device_shadows.names import CHARGING, CONFIG, STATUS
from device_shadows.reading import Reading
from device_shadows.shadow import Delta, Rejected, Shadow, reported_update
from device_shadows.status import StatusReported
from device_shadows.topics import Kind
from simulator.charger import Charger
from simulator.firmware import FirmwareAgent, Report

MAX_READINGS_IN_FLIGHT: Final = 10
NO_SUCH_SHADOW: Final = 404
logger = logging.getLogger(__name__)

Said = Reading | StatusReported | ConfigReported | ChargingReported | Result | Report | str
"""What a message says; for a get, the shadow's name; `jobs` for start-next."""
JOBS: Final = "jobs"


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message to publish with QoS 1; `says` comes back with the acknowledgement."""

    topic: str
    payload: bytes
    says: Said


class Session:
    """One charger's side of the contract, across connections."""

    def __init__(self, charger: Charger, agent: FirmwareAgent | None = None) -> None:
        self.charger = charger
        self.agent = agent or FirmwareAgent(charger.image, lambda _: None)
        self.desired = {CONFIG: DesiredState(), CHARGING: DesiredState()}
        self.to_get: list[str] = []
        self.answered: set[str] = set()
        self.reported: dict[str, Said] = {}
        self.in_flight: list[Said] = []
        self.tokens: dict[str, str | None] = {}
        """Of the last change of each shadow: the report that answers it bears the same."""

    @property
    def subscriptions(self) -> list[str]:
        """The exact topics to subscribe to: answers, refusals, limit, commands, and those of the job that runs."""
        serial, job_id = self.charger.serial, self.agent.job_id
        answers = [topic for shadow in self.desired for topic in topics.shadow_answers(serial, shadow)]
        return [
            *(topic for topic in answers if not topic.endswith("/update/accepted")),
            f"{topics.shadow_update(serial, STATUS)}/rejected",
            topics.limit(serial),
            topics.do(serial),
            *topics.jobs_answers(serial),
            *(topics.job_answers(serial, job_id) if job_id else ()),
        ]

    def connected(self, *, refused: Collection[str] = ()) -> None:
        """The subscriptions stand, except those `refused`: ask for the desired state; the whole status is told anew.

        A charger that cannot hear of jobs does not ask for them.
        """
        self.to_get, self.answered, self.reported, self.in_flight = list(self.desired), set(), {}, []
        for state in self.desired.values():
            state.begin()
        self.charger.tell()
        if not set(topics.jobs_answers(self.charger.serial)) & set(refused):
            self.agent.connected()

    def outgoing(self) -> list[Message]:
        """What is to be published now; it counts as in flight until `acknowledged` or `failed`."""
        parts = (self._gets(), self._readings(), self._statuses(), self._reports(), self._results(), self._jobs())
        messages = [message for part in parts for message in part]
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
            self.tokens.pop(CONFIG, None)
        elif isinstance(said, ChargingReported):
            self.reported[CHARGING] = said
            self.tokens.pop(CHARGING, None)
        elif isinstance(said, Result):
            self.charger.desk.acknowledge(said)
        elif isinstance(said, Report):
            self._drop_report(said)
        elif said == JOBS:
            self.agent.wants_next = False
        elif said in self.to_get:
            self.to_get.remove(said)

    def failed(self, message: Message) -> None:
        """The message did not reach the broker: it is still to be sent."""
        self._landed(message)

    def heard(self, topic: str, payload: bytes, now: datetime) -> None:
        """Acts on a message from the cloud; one that breaks the contract changes nothing."""
        serial = self.charger.serial
        try:
            if topic == topics.limit(serial):
                self.charger.hear_limit(decode(payload, Limit), now)
            elif topic == topics.do(serial):
                self.charger.hear_command(decode(payload, Command), now)
            else:
                parsed = topics.parse_topic(topic)
                if parsed.shadow:
                    self._act(parsed.kind, parsed.shadow, payload, now)
                else:
                    self._act_on_job(parsed, payload)
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

    def _results(self) -> list[Message]:
        topic = topics.result(self.charger.serial)
        waiting = [result for result in self.charger.desk.results if result not in self.in_flight]
        return [Message(topic=topic, payload=encode(result), says=result) for result in waiting]

    def _jobs(self) -> list[Message]:
        """One report at a time, in order; a new job is asked for when nothing is left to say."""
        serial, agent = self.charger.serial, self.agent
        if self._is_flying(Report):
            return []
        if agent.reports:
            report = agent.reports[0]
            payload = job_update(report.status, report.details)
            return [Message(topic=topics.job_update(serial, report.job_id), payload=payload, says=report)]
        if agent.wants_next and JOBS not in self.in_flight:
            return [Message(topic=topics.jobs_start_next(serial), payload=b"{}", says=JOBS)]
        return []

    def _is_flying(self, kind: type) -> bool:
        return any(isinstance(said, kind) for said in self.in_flight)

    def _report(self, shadow: str, report: StatusReported | ConfigReported | ChargingReported) -> Message:
        topic = topics.shadow_update(self.charger.serial, shadow)
        return Message(topic=topic, payload=reported_update(report, self.tokens.get(shadow)), says=report)

    def _landed(self, message: Message) -> Said | None:
        """What the message said; None if it belongs to a connection that is over."""
        if message.says not in self.in_flight:
            return None
        self.in_flight.remove(message.says)
        return message.says

    def _drop_status(self, status: StatusReported) -> None:
        if self.charger.statuses and self.charger.statuses[0] == status:
            self.charger.statuses.popleft()

    def _drop_report(self, report: Report) -> None:
        if self.agent.reports and self.agent.reports[0] == report:
            self.agent.reports.popleft()

    # what it hears

    def _act(self, kind: Kind, shadow: str, payload: bytes, now: datetime) -> None:
        if kind is Kind.SHADOW_GET_ACCEPTED:
            answer = decode_message(payload, Shadow[dict[str, Any], dict[str, Any]])
            self.answered.add(shadow)
            if self.desired[shadow].got(answer.state.desired or {}, answer.version) and answer.state.desired:
                self._apply(shadow, now)
        elif kind is Kind.SHADOW_UPDATE_DELTA:
            delta = decode_message(payload, Delta)
            if self.desired[shadow].changed(delta):
                self.tokens[shadow] = delta.client_token
                self._apply(shadow, now)
        elif kind in {Kind.SHADOW_GET_REJECTED, Kind.SHADOW_UPDATE_REJECTED}:
            self._refused(kind, shadow, decode_message(payload, Rejected))

    def _act_on_job(self, topic: topics.DeviceTopic, payload: bytes) -> None:
        if topic.kind is Kind.JOBS_START_NEXT_ACCEPTED:
            self.agent.heard_next(decode_message(payload, NextJob))
        elif topic.kind is Kind.JOBS_NOTIFY_NEXT:
            self.agent.heard_notify(decode_message(payload, NextJob))
        elif topic.kind is Kind.JOB_UPDATE_REJECTED and topic.job_id:
            logger.warning("job_refused", extra={"code": decode_message(payload, JobRefused).code})
            self.agent.cancelled(topic.job_id)
        self.charger.is_installing = self.agent.is_installing

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
