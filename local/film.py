"""The night of `./dev demo` as a person sees it on the phone: `python -m local.film` writes docs/night.webp.

The page is the product's own in a real Chromium, on the whole system; prices are recorded, charger and car simulated.
"""

import argparse
import asyncio
import contextlib
import io
import shutil
import sys
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import matplotlib as mpl
from PIL import Image, ImageDraw, ImageFont
from playwright.async_api import Page, async_playwright

from local.errors import LocalError
from local.one_night import END, PLUG_IN, START, live
from local.places import ROOT
from local.system import Options, System, running_system
from local.terminal import Progress, run_command
from simulator.phone import Phone
from simulator.price_feed import OSLO

OUT: Final = ROOT / "docs" / "night.webp"
SPEED: Final = 400.0
"""Slow enough for a picture of each quarter of an hour on two busy cores."""
EARLY: Final = START - timedelta(hours=6)
"""The clock starts so long before the car comes that everything is at rest by then, at this speed too."""
STEP: Final = timedelta(minutes=15)
FIRST: Final = PLUG_IN - STEP
SIZE: Final = (390, 916)
"""With the costs of the plan inside."""
STRIP: Final = 34
LOOKS, LOOK_S = 20, 1.0
OFFLINE: Final = "The charger must be connected to the Internet"
FRAME_MS, LAST_MS = 160, 3000
FLAGS: Final = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
FONTS: Final = Path(mpl.get_data_path()) / "fonts" / "ttf"
KEEP: Final = """tokens => {
  const kept = { ...tokens, expires_at_ms: Date.now() + 900000 };
  localStorage.setItem("zmartcharge.tokens", JSON.stringify(kept));
}"""
"""A session as the page keeps it."""
Shot = tuple[datetime, bytes]


@contextlib.asynccontextmanager
async def phone_page() -> AsyncIterator[Page]:
    """A page on a phone, in English."""
    path = shutil.which("chromium") or shutil.which("chromium-headless-shell")
    if path is None:
        raise LocalError("There is no Chromium here: install the package chromium.")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        context = await browser.new_context(
            viewport={"width": SIZE[0], "height": SIZE[1]}, locale="en-GB", timezone_id="Europe/Oslo"
        )
        page = await context.new_page()
        page.set_default_timeout(60_000)
        yield page
        await browser.close()


async def show(page: Page, url: str, phone: Phone) -> None:
    """The home screen of somebody who has signed in already: a second code within half a minute would not be sent."""
    if phone.tokens is None:
        raise LocalError("Nobody is signed in.")
    access, refresh = phone.tokens.access_token, phone.tokens.refresh_token
    await page.goto(f"{url}/icon.svg")
    await page.evaluate(KEEP, {"access_token": access, "refresh_token": refresh})
    await page.goto(url)
    await page.get_by_role("region", name="Charging plan").wait_for()


async def look_anew(page: Page) -> None:
    """Until the news of a charger that is online have come: the page set its next look while the clock stood still."""
    for _ in range(LOOKS):
        await page.reload()
        await page.get_by_role("region", name="Charging plan").wait_for()
        await asyncio.sleep(LOOK_S)
        if not await page.get_by_text(OFFLINE).is_visible():
            return
    raise LocalError("The page does not show that the charger is online.")


async def shoot(system: System, page: Page) -> list[Shot]:
    """A picture each quarter of an hour, from before the car comes until the night ends."""
    shots, at = [], FIRST
    while at <= END:
        await system.clock.sleep_until(at)
        shots.append((system.clock.now(), await page.screenshot()))
        at = max(at, system.clock.now()) + STEP
    return shots


async def film(system: System, progress: Progress) -> list[Shot]:
    """Live the night with somebody who looks at the phone."""
    async with phone_page() as page:

        async def ready(phone: Phone) -> None:
            await show(page, system.url, phone)
            progress("the page shows the charger")

        night = asyncio.create_task(live(system, progress, ready))
        try:
            while system.clock.now() <= EARLY:
                if night.done():
                    await night
                await asyncio.sleep(0.5)
            await system.clock.sleep_until(FIRST - 3 * STEP)
            await look_anew(page)
            shots = await shoot(system, page)
            await night
        finally:
            night.cancel()
    return shots


def frame(shot: Shot) -> Image.Image:
    """The picture under the time and what is real in it."""
    at, png = shot
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    made = Image.new("RGB", (picture.width, picture.height + STRIP), "#17201b")
    made.paste(picture, (0, STRIP))
    pen = ImageDraw.Draw(made)
    for x, font, text in (
        (10, ImageFont.truetype(FONTS / "DejaVuSans-Bold.ttf", 15), f"{at.astimezone(OSLO):%a %H:%M}"),
        (110, ImageFont.truetype(FONTS / "DejaVuSans.ttf", 11), "real prices, simulated charger and car"),
    ):
        pen.text((x, STRIP // 2), text, fill="#dce7df", font=font, anchor="lm")
    return made


def write(shots: list[Shot], out: Path) -> None:
    """One animated picture; it rests on its last frame and begins again."""
    first, *others = [frame(shot) for shot in shots]
    times = [FRAME_MS] * len(others) + [LAST_MS]
    # Lossless is sharper here than lossy, and half the size.
    first.save(
        out,
        save_all=True,
        append_images=others,
        duration=times,
        loop=0,
        lossless=True,
        method=4,
        minimize_size=True,
    )


def keep(shots: list[Shot], folder: Path) -> None:
    """Each picture by itself, named by its day and time."""
    folder.mkdir(parents=True, exist_ok=True)
    for shot in shots:
        frame(shot).save(folder / f"{shot[0].astimezone(OSLO):%d-%H%M}.png")


async def run(out: Path, frames: Path | None, progress: Progress) -> int:
    """Live the night, film it, write the film, and each picture by itself if there is a folder for them."""
    async with running_system(Options.on_free_ports(start=EARLY, speed=SPEED), progress) as system:
        shots = await film(system, progress)
    write(shots, out)
    if frames:
        keep(shots, frames)
    progress(f"{len(shots)} pictures: {out.name}")
    return 0


def main() -> None:
    """Become the command."""
    parser = argparse.ArgumentParser(prog="python -m local.film", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="the animated picture (WebP)")
    parser.add_argument("--frames", type=Path, help="a folder for the pictures one by one, to look at them")
    options, progress = parser.parse_args(), Progress()
    sys.exit(run_command("film", run(options.out, options.frames, progress), progress))


if __name__ == "__main__":
    main()
