"""Thirty-two proofs for one charger at once, on the deployed system: one person gets it, and all are told the truth."""

import asyncio
import random

import pytest

from device_shadows.names import Serial
from local import devices
from simulator.answers import ChargerView, Claim
from simulator.claim_key import ClaimKey
from simulator.phone import ApiError, Phone
from tests.e2e.running import SystemThread

PEOPLE, CLAIMS_EACH = 8, 4
TRIES, LONGEST_PAUSE_S = 16, 4.0
"""The emulator runs twelve functions at a time, each one cold at first, and answers 429 without a code to the next
(local/emulator.py). A phone tries again after longer and longer pauses, as when a mobile network has lost its call."""
SERIAL = Serial("ZC-RACE-0001")
Answer = tuple[int, str]


class Claimant:
    """Somebody with a phone, a claim, and the charger's signature for it."""

    def __init__(self, phone: Phone, charger: devices.MadeCharger) -> None:
        self.phone, self.charger = phone, charger
        self._path = self._proof = ""

    async def begin(self) -> None:
        """All but the proof."""
        asked = {"serial": SERIAL, "fingerprint": self.charger.fingerprint}
        claim = await self.phone._call("POST", "/v1/claims", Claim, asked)
        key = ClaimKey.from_pem(self.charger.key_file.read_bytes())
        self._path = f"/v1/claims/{claim.claim_id}/proof"
        self._proof = key.sign_claim(SERIAL, claim.nonce, claim.user_hash, claim.claim_epoch)

    async def prove(self) -> Answer:
        """Status and the charger's id or the problem's code; what got no answer of the product is sent again."""
        for count in range(TRIES):
            try:
                won = await self.phone._call("POST", self._path, ChargerView, {"signature": self._proof})
            except ApiError as error:
                if error.code and error.status < 500:
                    return error.status, error.code
            except TimeoutError:
                pass
            else:
                return 200, won.charger_id
            await asyncio.sleep(random.uniform(0.5, 1) * min(0.2 * 2**count, LONGEST_PAUSE_S))  # noqa: S311 (no secret)
        return 0, "no answer"

    async def true_answer(self) -> Answer:
        """What this person should be told, by their own home screen."""
        own = [one["charger_id"] for one in (await self.phone.get_home())["chargers"]]
        return (200, own[0]) if own else (409, "charger_owned")


async def _arrive(phone: Phone, number: int) -> None:
    await phone.sign_in(f"+47900005{number:02d}")
    await phone.accept_terms()


async def _race(phones: list[Phone], charger: devices.MadeCharger) -> list[list[Answer]]:
    """What each claim is answered at first, what when all send the same proofs again, and what is true."""
    crowd = [Claimant(phone, charger) for phone in phones * CLAIMS_EACH]
    for number, phone in enumerate(phones):
        await _arrive(phone, number)
    for one in crowd:
        await one.begin()
    rounds = [list(await asyncio.gather(*(one.prove() for one in crowd))) for _ in range(2)]
    return [*rounds, [await one.true_answer() for one in crowd]]


@pytest.fixture(scope="module")
def charger(frozen: SystemThread) -> devices.MadeCharger:
    """A genuine charger that nobody owns; it needs no connection to sign."""
    system = frozen.system
    [made] = devices.make_chargers(system.emulator, system.aws, system.stack, system.folder / "race", [SERIAL])
    return made


def test_of_a_crowd_exactly_one_gets_the_charger_and_all_answers_are_true(
    frozen: SystemThread, charger: devices.MadeCharger
) -> None:
    """All proofs are genuine. All of the winner's read the one id, all others charger_owned; and so they do again."""

    async def run() -> list[list[Answer]]:
        phones = [Phone.at(frozen.system.url) for _ in range(PEOPLE)]
        try:
            return await _race(phones, charger)
        finally:
            await asyncio.gather(*(phone.__aexit__() for phone in phones))

    first, again, true = frozen.run(run(), timeout_s=300)
    assert sorted(status for status, _ in true) == [200] * CLAIMS_EACH + [409] * (PEOPLE - 1) * CLAIMS_EACH
    assert (first, again) == (true, true)
