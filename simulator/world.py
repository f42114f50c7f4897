"""The chargers of a simulated world, and the routes by which a person or a test plays with them.

These routes stand for hands, cables and Bluetooth. They exist on the laptop only; the product has nothing like them.

    GET  state                               the world: time, speed, MQTT address, chargers
    POST meter-reader                        {token, base_url, meter_type?}: a Pow-U at the house's meter, set up so;
                                             one that is there is set up anew
    DELETE meter-reader                      it is taken away
    POST chargers/{serial}/plug-in           {need_wh?, max_current_a?, phases?}: a car comes
    POST chargers/{serial}/unplug            the car leaves
    POST chargers/{serial}/power-cycle       off and on again
    POST chargers/{serial}/claim-signature   {nonce, user_hash, claim_epoch} -> {signature}; 409 later than ten minutes
                                             (of real time) after power-on
    GET  chargers/{serial}/networks          the Wi-Fi it hears, and what stands on the router of the house
    POST chargers/{serial}/network           {kind, name?, password?}: the phone sets it up; the charger leaves its
                                             network, tries, and tells the cloud what came of it
    POST chargers/{serial}/nonce             {} -> {nonce}: what the phone has to answer within two minutes
    POST chargers/{serial}/unlock            {ticket, proof}: 409 with the charger's reason as `code`
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from aiohttp import web

from device_shadows.claim import from_base64url, to_base64url
from device_shadows.errors import ClaimInvalidError
from device_shadows.meter import MAX_BASE_CHARS
from device_shadows.names import Serial
from simulator.air import HOME, NetworkWish, heard
from simulator.ams_meter import AmsMeter
from simulator.car import Car
from simulator.claim_key import ClaimWindowClosedError
from simulator.clock import Clock
from simulator.device import Device
from simulator.electricity import MJ_PER_WH
from simulator.house import read_house
from simulator.powu import HttpsReader
from simulator.powu_links import live_by_https
from simulator.unlocking import UnlockRefusedError

MAX_BODY_BYTES: Final = 16 * 1024
logger = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Body = TypeVar("Body")


class PlugIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The car that comes: energy until full (grid side), current per line, phases."""

    need_wh: Annotated[int, msgspec.Meta(ge=0, le=200_000)] = 36_000
    max_current_a: Annotated[int, msgspec.Meta(ge=6, le=80)] = 32
    phases: Literal[1, 3] = 1


class ReaderSetup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is put on the reader, and the make of the meter; usually a three-wire one that measures all lines."""

    token: Annotated[str, msgspec.Meta(max_length=64)]
    base_url: Annotated[str, msgspec.Meta(max_length=MAX_BASE_CHARS)]
    meter_type: Annotated[str, msgspec.Meta(max_length=20)] = "MA304H3E"


class ClaimToSign(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the phone sends over Bluetooth."""

    nonce: str
    user_hash: str
    claim_epoch: int


class Unlocking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the phone sends over Bluetooth, base64url: the ticket, and its signature over the charger's challenge."""

    ticket: Annotated[str, msgspec.Meta(max_length=1000)]
    proof: Annotated[str, msgspec.Meta(max_length=200)]


class World:
    """Chargers by serial, on one clock; `mqtt` is where they connect to (told in `state`)."""

    def __init__(self, clock: Clock, *, mqtt_host: str, mqtt_port: int, devices: Iterable[Device] = ()) -> None:
        self.clock, self.mqtt_host, self.mqtt_port = clock, mqtt_host, mqtt_port
        self.devices: dict[Serial, Device] = {device.serial: device for device in devices}
        self._tasks: dict[Serial, asyncio.Task[None]] = {}
        self.house = read_house()
        """The one that all chargers stand at, for the next reader that is put up."""
        self.meter: AmsMeter | None = None
        self._reader: asyncio.Task[None] | None = None

    def add(self, device: Device) -> None:
        """A charger joins the world and starts to live; needs a running loop."""
        self.devices[device.serial] = device
        self._start(device)

    def start(self) -> None:
        """Every charger that does not live yet starts to."""
        for device in self.devices.values():
            if device.serial not in self._tasks:
                self._start(device)

    async def stop(self) -> None:
        """Every charger says goodbye; returns when all connections are closed."""
        self.take_reader_away()
        tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def put_reader_up(self, setup: ReaderSetup) -> None:
        """A reader at the meter of the house that all chargers stand at; needs a running loop."""
        self.take_reader_away()
        self.meter = AmsMeter(setup.meter_type, self.house, self._chargers_a)
        reader = HttpsReader(setup.token, setup.base_url)
        self._reader = asyncio.create_task(live_by_https(reader, self.meter, self.clock, lambda _: True))

    def take_reader_away(self) -> None:
        """It says nothing any more; nothing if there is none."""
        if self._reader is not None:
            self._reader.cancel()
        self._reader = None

    def _chargers_a(self) -> tuple[float, float, float]:
        drawn = [device.charger.present_status().drawn_a for device in self.devices.values()]
        return sum(one for one, _, _ in drawn), sum(two for _, two, _ in drawn), sum(three for _, _, three in drawn)

    def state(self) -> dict[str, Any]:
        """The world as JSON."""
        return {
            "now": self.clock.now().isoformat(),
            "speed": self.clock.speed,
            "mqtt": {"host": self.mqtt_host, "port": self.mqtt_port},
            "chargers": [self._state_of(device) for device in self.devices.values()],
        }

    def application(self) -> web.Application:
        """A sub-application with the routes above; errors are problem documents with a sentence."""
        app = web.Application(middlewares=[_problems], client_max_size=MAX_BODY_BYTES)
        app.router.add_get("/state", self._get_state)
        app.router.add_post("/meter-reader", self._put_reader_up)
        app.router.add_delete("/meter-reader", self._take_reader_away)
        app.router.add_post("/chargers/{serial}/plug-in", self._plug_in)
        app.router.add_post("/chargers/{serial}/unplug", self._unplug)
        app.router.add_post("/chargers/{serial}/power-cycle", self._power_cycle)
        app.router.add_post("/chargers/{serial}/claim-signature", self._sign_claim)
        app.router.add_get("/chargers/{serial}/networks", self._hear_networks)
        app.router.add_post("/chargers/{serial}/network", self._choose_network)
        app.router.add_post("/chargers/{serial}/nonce", self._give_nonce)
        app.router.add_post("/chargers/{serial}/unlock", self._unlock)
        return app

    def _start(self, device: Device) -> None:
        task = asyncio.create_task(device.run(), name=f"charger {device.serial}")
        task.add_done_callback(_tell_failure)
        self._tasks[device.serial] = task

    def _state_of(self, device: Device) -> dict[str, Any]:
        charger = device.charger
        charger.advance(self.clock.now())
        car = charger.car
        return {
            "serial": device.serial,
            "fingerprint": device.key.fingerprint,
            "evse_state": charger.status.evse_state,
            "plug_seq": charger.plug_seq,
            "register_wh": charger.register_wh,
            "drawn_w": charger.drawn_w,
            "battery_wh": car.battery_wh if car else None,
            "need_wh": car.need_mj // MJ_PER_WH if car else None,
            "connected": device.connection.is_connected,
        }

    def _device(self, request: web.Request) -> Device:
        try:
            return self.devices[Serial(request.match_info["serial"])]
        except KeyError:
            raise _problem(web.HTTPNotFound, "There is no charger with this serial in this world.") from None

    async def _get_state(self, _: web.Request) -> web.Response:
        return web.json_response(self.state(), headers={"Cache-Control": "no-store"})

    async def _put_reader_up(self, request: web.Request) -> web.Response:
        self.put_reader_up(await _body(request, ReaderSetup))
        return web.json_response({})

    async def _take_reader_away(self, _: web.Request) -> web.Response:
        self.take_reader_away()
        return web.json_response({})

    async def _plug_in(self, request: web.Request) -> web.Response:
        device, wish = self._device(request), await _body(request, PlugIn)
        try:
            device.plug_in(Car(need_wh=wish.need_wh, max_current_a=wish.max_current_a, phases=wish.phases))
        except ValueError:
            raise _problem(web.HTTPConflict, "A car is plugged in already: unplug it first.") from None
        return web.json_response(self._state_of(device))

    async def _unplug(self, request: web.Request) -> web.Response:
        device = self._device(request)
        try:
            device.unplug()
        except ValueError:
            raise _problem(web.HTTPConflict, "No car is plugged in.") from None
        return web.json_response(self._state_of(device))

    async def _power_cycle(self, request: web.Request) -> web.Response:
        device = self._device(request)
        await device.power_cycle()
        return web.json_response(self._state_of(device))

    async def _sign_claim(self, request: web.Request) -> web.Response:
        device, claim = self._device(request), await _body(request, ClaimToSign)
        try:
            signature = device.sign_claim(claim.nonce, claim.user_hash, claim.claim_epoch)
        except ClaimInvalidError as error:
            raise _problem(web.HTTPBadRequest, f"Not a claim: {error}.") from None
        except ClaimWindowClosedError:
            text = "The charger signs only in the first 10 minutes after power-on: switch it off and on again."
            raise _problem(web.HTTPConflict, text) from None
        return web.json_response({"signature": signature})

    async def _hear_networks(self, request: web.Request) -> web.Response:
        self._device(request)
        return web.json_response(
            {"networks": heard(), "router": {"name": HOME.name, "password": HOME.password}},
            headers={"Cache-Control": "no-store"},
        )

    async def _choose_network(self, request: web.Request) -> web.Response:
        device, wish = self._device(request), await _body(request, NetworkWish)
        device.choose_network(wish)
        return web.json_response({}, status=web.HTTPAccepted.status_code)

    async def _give_nonce(self, request: web.Request) -> web.Response:
        return web.json_response({"nonce": to_base64url(self._device(request).challenge())})

    async def _unlock(self, request: web.Request) -> web.Response:
        device, answer = self._device(request), await _body(request, Unlocking)
        try:
            device.unlock(from_base64url(answer.ticket), from_base64url(answer.proof))
        except ClaimInvalidError as error:
            raise _problem(web.HTTPBadRequest, f"Not what a phone sends: {error}.") from None
        except UnlockRefusedError as error:
            raise _problem(web.HTTPConflict, "The charger does not unlock.", code=error.reason) from None
        return web.json_response(self._state_of(device))


def _tell_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        logger.error("charger_died", exc_info=error, extra={"task": task.get_name()})


def _problem(status: type[web.HTTPException], detail: str, **more: str) -> web.HTTPException:
    body = msgspec.json.encode({"title": status.__name__.removeprefix("HTTP"), "detail": detail, **more})
    return status(text=body.decode(), content_type="application/problem+json")


@web.middleware
async def _problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors of the router become problem documents too."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.content_type == "application/problem+json" or error.status < web.HTTPBadRequest.status_code:
            raise
        return web.json_response(
            {"title": error.reason, "status": error.status, "detail": f"{error.reason}."},
            status=error.status,
            headers={name: value for name, value in error.headers.items() if name == "Allow"},
            content_type="application/problem+json",
        )


async def _body(request: web.Request, kind: type[Body]) -> Body:
    """The validated body; none at all counts as `{}`. 400 with a sentence that names the field."""
    try:
        return msgspec.json.decode(await request.read() or b"{}", type=kind)
    except msgspec.DecodeError as error:
        raise _problem(web.HTTPBadRequest, f"The body is not what this route takes: {error}.") from None
