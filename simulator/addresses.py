"""A made-up register of addresses, in the format of Kartverket's: everybody lives in one street in Bergen."""

from typing import Final

from aiohttp import web

ADDRESS: Final = {
    "adressetekst": "Simulatorveien 1",
    "postnummer": "5003",
    "poststed": "BERGEN",
    "meterDistanseTilPunkt": 12.5,
}


async def find_address(_: web.Request) -> web.Response:
    """The same answer for every position."""
    return web.json_response({"metadata": {"totaltAntallTreff": 1}, "adresser": [ADDRESS]})
