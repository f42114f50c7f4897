"""The meter reader Pow-U with the manners of its firmware; pure: what it sends, and when."""

from datetime import datetime, timedelta
from typing import Any, Final

from device_shadows.errors import ContractError
from device_shadows.meter import MeterList, MeterSample, MeterSettings, as_json, parse_answer, post_body

POST_PATH: Final = "/loadbalancer"
HIGH_A: Final = 32
HEADER: Final[dict[str, Any]] = {
    "id": "AA:BB:CC:00:11:22",
    "name": "ams-1122",
    "up": 86400,
    "t": 0,
    "vcc": 3.298,
    "rssi": -61,
    "temp": 31.5,
}


class HttpsReader:
    """Posts what it knows and lets the answer set its rhythm.

    It compares L1 with the threshold twice and never L2. After a failure it uses the fast interval.
    """

    def __init__(self, token: str, base: str) -> None:
        self.token, self.base, self.settings = token, base, MeterSettings(url=base)
        self.sample: MeterSample | None = None
        self._is_failing = False

    @property
    def url(self) -> str:
        """Where it posts to."""
        return self.base + POST_PATH

    @property
    def is_high(self) -> bool:
        """Whether a line that it looks at is above the threshold."""
        one, _, three = self.sample.currents_a if self.sample else (None, None, None)
        return max(one or 0.0, one or 0.0, three or 0.0) > self.settings.threshold_a

    @property
    def interval_s(self) -> int:
        """How long it waits now."""
        fast = self.is_high or self._is_failing
        return self.settings.fast_heartbeat_s if fast else self.settings.heartbeat_s

    def next_post(self, last: datetime) -> datetime:
        """When it posts again."""
        return last + timedelta(seconds=self.interval_s)

    def heard(self, sample: MeterSample) -> None:
        """The meter has sent a list; of a list without lines it keeps the power only."""
        if sample.list is MeterList.POWER and self.sample:
            sample = MeterSample(
                list=MeterList.LINES, ts=sample.ts, power_w=sample.power_w, currents_a=self.sample.currents_a
            )
        self.sample = sample

    def body(self) -> bytes | None:
        """What it posts; None before the meter has said anything. When the meter is dead, old numbers go on."""
        if not self.sample:
            return None
        return post_body(self.token, self.sample.currents_a, self.sample.power_w or 0.0, is_high=self.is_high)

    def answered(self, status: int, body: bytes) -> None:
        """The answer; anything but a 200 that it understands is a failure."""
        try:
            settings = parse_answer(body) if status == 200 else None  # noqa: PLR2004 (HTTP OK)
        except ContractError:
            settings = None
        self._is_failing = settings is None
        if settings:
            self.settings = settings
            if settings.url.startswith("https:"):
                self.base = settings.url

    def failed(self) -> None:
        """No answer in ten seconds."""
        self._is_failing = True


class MqttReader:
    """Publishes every list at once, in JSON format 0 (one topic) or 5 (a topic for each list)."""

    def __init__(self, topic: str, *, by_list: bool) -> None:
        self.topic, self._by_list = topic, by_list

    @property
    def status_topic(self) -> str:
        """Where it says online, and its last will says offline."""
        return f"{self.topic}/status"

    def message(self, sample: MeterSample) -> tuple[str, bytes]:
        """Topic and payload of a list. A list without lines has nothing but P: absence is not zero."""
        topic = f"{self.topic}/list{int(sample.list)}" if self._by_list else self.topic
        extra = {} if sample.list is MeterList.POWER else {"lv": "AIDON_V0001", "meterId": "0" * 16, "Q": 0, "QO": 0}
        return topic, as_json(sample, reader=HEADER, data=extra)
