"""An operator's telephone in a browser: a microphone that says a tone, calls taken by key, what either side hears."""

from __future__ import annotations

import asyncio
import contextlib
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from playwright.async_api import Browser, Page, expect

from agi.prompts.sound.g711 import from_alaw, to_alaw
from tests.support.brokers import WAIT_S
from tests.support.browser import open_chromium
from tests.support.citizen import answer
from tests.support.queue_stack import TO_A_PERSON
from tests.support.speech import level, tone, write

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.telephones import InDialog

OPERATOR_HZ, CALLER_HZ = 523, 1000
HEARD, NOT_HEARD = 1500, 300
"""Of 32,767; each tone is said at 8,000, and Chromium turns its microphone up and down by itself."""
HOOK = """
window.connections = [];
const Native = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Native {
  constructor(...words) { super(...words); window.connections.push(this); }
};
"""
LISTEN = """async (hertz) => {
  const connection = window.connections.at(-1);
  const track = connection?.getReceivers()[0]?.track;
  if (!track || track.readyState !== "live") return -1;
  const reader = new MediaStreamTrackProcessor({ track: track.clone() }).readable.getReader();
  let best = 0, seconds = 0;
  while (seconds < 1) {
    const { value, done } = await reader.read();
    if (done) break;
    const samples = new Float32Array(value.numberOfFrames);
    value.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
    let re = 0, im = 0;
    samples.forEach((one, at) => {
      const turn = 2 * Math.PI * hertz * at / value.sampleRate;
      re += one * Math.cos(turn); im += one * Math.sin(turn);
    });
    best = Math.max(best, 2 * Math.hypot(re, im) / samples.length * 32767);
    seconds += value.numberOfFrames / value.sampleRate;
    value.close();
  }
  await reader.cancel();
  return best;
}"""


@asynccontextmanager
async def browser_that_says(sound: Path, samples: np.ndarray[Any, Any]) -> AsyncIterator[Browser]:
    """A browser whose microphone says this again and again; it is written to a file first."""
    write(sound, np.tile(samples, 10), rate=48_000)
    flags = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={sound}",
        "--disable-features=WebRtcHideLocalIpsWithMdns",
    )
    async with open_chromium(*flags) as running:
        yield running


async def go_ready(page: Page) -> None:
    """Have the page take calls: by the key, or by itself, when its operator was at work before."""
    ready = page.get_by_role("button", name=re.compile("^Pause(?! recording)"))
    reasons = page.locator("dialog[open]")  # the same key, pressed when it was ready already, asks why to pause
    async with asyncio.timeout(WAIT_S):
        while await reasons.count() or not await ready.count():
            await page.keyboard.press("Escape" if await reasons.count() else "Alt+p")
            with contextlib.suppress(AssertionError):
                await expect(ready).to_be_visible(timeout=1000)


async def answered(page: Page, call: InDialog) -> None:
    """Be put through: a page that was slow to answer is rung once more."""
    await answer(call, TO_A_PERSON)
    ringing, talking = (page.locator(f'[data-mode="{mode}"]') for mode in ("ringing", "talking"))
    async with asyncio.timeout(WAIT_S):
        while await talking.count() == 0:
            await expect(ringing.or_(talking)).to_be_visible(timeout=WAIT_S * 1000)
            if await ringing.count():
                await page.keyboard.press("F2")
            with contextlib.suppress(AssertionError):  # the board may tell of the ring before the telephone is rung
                await expect(ringing).to_have_count(0, timeout=1000)


async def speak(page: Page, call: InDialog) -> tuple[float, float]:
    """Let both say their tone for two seconds; how loud the operator and the caller hear the other's."""
    call.frames.clear()
    saying = asyncio.create_task(call.speak(to_alaw(tone(2.0, CALLER_HZ) // 2)))
    heard = await page.evaluate(LISTEN, CALLER_HZ)
    await saying
    return heard, level(from_alaw(b"".join(call.frames)), OPERATOR_HZ)


async def hear_each_other(page: Page, call: InDialog) -> None:
    heard: list[tuple[float, float]] = []
    try:
        async with asyncio.timeout(WAIT_S):
            while not heard or min(heard[-1]) < HEARD:
                heard.append(await speak(page, call))
    except TimeoutError:
        connection = await page.evaluate("window.connections.at(-1)?.connectionState")
        raise AssertionError(f"the page {connection}; heard at it, and at the telephone: {heard}") from None


async def silent(page: Page, call: InDialog) -> None:
    """Wait until neither hears the other's tone."""
    async with asyncio.timeout(WAIT_S):
        while max(await speak(page, call)) > NOT_HEARD:
            pass
