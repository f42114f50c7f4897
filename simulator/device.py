"""A whole charger: core, key, firmware, connection and the file it remembers by."""

import asyncio
import logging
from pathlib import Path

import msgspec

from device_shadows.errors import ContractError
from device_shadows.names import Serial
from simulator.air import NetworkWish, join
from simulator.car import Car
from simulator.charger import Charger
from simulator.claim_key import ClaimKey
from simulator.clock import Clock
from simulator.connection import Connection, Endpoint, Timing
from simulator.download import Fetch, fetch_by_https
from simulator.firmware import FirmwareAgent
from simulator.firmware_key import FirmwareKeys
from simulator.link import LinkQuality
from simulator.records import Hardware, Memory
from simulator.session import Session
from simulator.unlocking import UnlockDesk

JOIN_S = 2.0
"""How long a try to join a network takes, real time."""
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
        firmware_keys: FirmwareKeys | None = None,
        fetch: Fetch = fetch_by_https,
        quality: LinkQuality | None = None,
        timing: Timing | None = None,
    ) -> None:
        self.serial, self.clock, self.state_path, self.fetch = serial, clock, state_path, fetch
        self.key = ClaimKey.from_pem(endpoint.key_path.read_bytes())
        self.charger = Charger(serial, at=clock.now(), hardware=hardware, memory=load_memory(state_path))
        self.agent = FirmwareAgent(self.charger.image, (firmware_keys or FirmwareKeys()).verify)
        self.unlocking = UnlockDesk(self.charger)
        session = Session(self.charger, self.agent)
        self.connection = Connection(
            session, clock, endpoint, after_turn=self._after_turn, timing=timing, quality=quality
        )
        self._saved: Memory | None = None
        self._chore: asyncio.Task[None] | None = None
        self._joining: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Lives until cancelled."""
        try:
            await self.connection.run()
        finally:
            for task in (self._chore, self._joining):
                if task:
                    task.cancel()

    def plug_in(self, car: Car) -> None:
        """A car comes now; ValueError if one is there."""
        self.charger.plug_in(car, self.clock.now())
        self.connection.wake()

    def unplug(self) -> Car:
        """The car leaves now; ValueError if none is there."""
        car = self.charger.unplug(self.clock.now())
        self.connection.wake()
        return car

    async def power_cycle(self, *, is_restart: bool = False) -> None:
        """Off and on again: the connection drops, claims are signed for ten minutes. A car stays plugged in.

        A restart of the charger's own does not void an unlock.
        """
        await self.lose_power(is_restart=is_restart)
        self.regain_power()

    async def lose_power(self, *, is_restart: bool = False) -> None:
        """The supply fails."""
        self.charger.lose_power(self.clock.now(), is_restart=is_restart)
        await self.connection.link_down()

    def regain_power(self, *, is_clock_known: bool = True) -> None:
        """The supply is back: the charger starts, with a new image if one was installed."""
        self.agent.restarted()
        self.charger.image = self.agent.image
        self.charger.regain_power(self.clock.now(), is_clock_known=is_clock_known)
        self.key.power_on()
        self.unlocking.power_on()
        self.connection.link_up()
        self.connection.wake()

    def choose_network(self, wish: NetworkWish) -> None:
        """A phone sets the network up over Bluetooth: the charger leaves the one it has and tries another.

        The last choice counts. Needs a running loop.
        """
        if self._joining:
            self._joining.cancel()
        self._joining = asyncio.create_task(self._join(wish))

    def sign_claim(self, nonce: str, user_hash: str, claim_epoch: int) -> str:
        """What the charger answers over Bluetooth; ClaimWindowClosedError more than ten minutes after power-on."""
        return self.key.sign_claim(self.serial, nonce, user_hash, claim_epoch)

    def challenge(self) -> bytes:
        """What the charger asks a phone over Bluetooth; to be answered once within two minutes."""
        self.charger.advance(self.clock.now())
        return self.unlocking.challenge()

    def unlock(self, ticket: bytes, proof: bytes) -> None:
        """A phone answers over Bluetooth; UnlockRefusedError if the charger does not unlock."""
        self.charger.advance(self.clock.now())
        try:
            self.unlocking.unlock(ticket, proof)
        finally:
            self.connection.wake()

    async def _join(self, wish: NetworkWish) -> None:
        await self.connection.link_down()
        await asyncio.sleep(JOIN_S)
        at = self.clock.now()
        self.charger.use_network(join(wish, self.charger.network, int(at.timestamp())), at)
        self.connection.link_up()

    def _after_turn(self) -> None:
        self._save()
        if self._chore and not self._chore.done():
            return
        if self.agent.wants_restart or self.charger.desk.wants_restart:
            self._chore = asyncio.create_task(self.power_cycle(is_restart=True))
        elif self.agent.download:
            self._chore = asyncio.create_task(self._download())

    async def _download(self) -> None:
        job = self.agent.download
        if job is None:
            return
        try:
            data = await self.fetch(job, self.agent.progressed)
        except OSError as error:
            logger.warning("download_failed", extra={"error": str(error)})
            self.agent.download_failed()
        else:
            self.agent.downloaded(data)
        self.charger.is_installing = self.agent.is_installing
        self.connection.wake()

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
