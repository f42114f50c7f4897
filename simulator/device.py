"""A whole charger: core, key, connection and the file it remembers by."""

import logging
from pathlib import Path

import msgspec

from device_shadows.errors import ContractError
from device_shadows.names import Serial
from simulator.car import Car
from simulator.charger import Charger
from simulator.claim_key import ClaimKey
from simulator.clock import Clock
from simulator.connection import Connection, Endpoint
from simulator.records import Hardware, Memory
from simulator.session import Session

logger = logging.getLogger(__name__)


class Device:
    """A simulated charger that can be plugged into and claimed; `run()` keeps it connected and living.

    `state_path` is where register, plug-in count, orders and unsent readings survive a restart; None: they do not.
    """

    def __init__(
        self,
        serial: Serial,
        *,
        clock: Clock,
        endpoint: Endpoint,
        hardware: Hardware | None = None,
        state_path: Path | None = None,
    ) -> None:
        self.serial, self.clock, self.state_path = serial, clock, state_path
        self.key = ClaimKey.from_pem(endpoint.key_path.read_bytes())
        self.charger = Charger(serial, at=clock.now(), hardware=hardware, memory=load_memory(state_path))
        self.connection = Connection(Session(self.charger), clock, endpoint, after_turn=self._save)
        self._saved: Memory | None = None

    async def run(self) -> None:
        """Lives until cancelled."""
        await self.connection.run()

    def plug_in(self, car: Car) -> None:
        """A car comes now; ValueError if one is there."""
        self.charger.plug_in(car, self.clock.now())
        self.connection.wake()

    def unplug(self) -> Car:
        """The car leaves now; ValueError if none is there."""
        car = self.charger.unplug(self.clock.now())
        self.connection.wake()
        return car

    async def power_cycle(self) -> None:
        """Off and on again: the connection drops, claims are signed for ten minutes. A car stays plugged in."""
        self.key.power_on()
        await self.connection.power_cycle()

    def sign_claim(self, nonce: str, user_hash: str, claim_epoch: int) -> str:
        """What the charger answers over Bluetooth; ClaimWindowClosedError more than ten minutes after power-on."""
        return self.key.sign_claim(self.serial, nonce, user_hash, claim_epoch)

    def _save(self) -> None:
        """Writes the memory when something other than the flowing register has changed."""
        memory = self.charger.memory()
        before = self._saved and msgspec.structs.replace(self._saved, register_mj=memory.register_mj)
        if self.state_path and memory != before:
            save_memory(self.state_path, memory)
            self._saved = memory


def load_memory(path: Path | None) -> Memory | None:
    """What a charger remembers, None if nothing; ContractError if the file is damaged."""
    if path is None or not path.exists():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=Memory)
    except msgspec.DecodeError as error:
        raise ContractError(f"{path.name} is damaged: {error}") from error


def save_memory(path: Path, memory: Memory) -> None:
    """Writes the memory so that a power cut leaves either the old or the new file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_bytes(msgspec.json.encode(memory))
    draft.replace(path)
