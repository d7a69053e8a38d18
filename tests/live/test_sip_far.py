"""A second Asterisk as the far end, for what no test telephone speaks: SRTP over TLS, Opus."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import wave
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest

from agi.prompts.g711 import to_alaw
from tests.brokers import until
from tests.certificates import make_certificate
from tests.live.citizen import FIRST_MENU, answer
from tests.live.conftest import House, make_data, open_house
from tests.live.lines import LOOPBACK
from tests.live.telephones import RATE, InDialog, has_tone
from tests.ports import free_ports
from warroom.layout import ASTERISK_USER, own
from warroom.running import RunningStack
from warroom.telephone import Ear

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.xdist_group("sip-far")  # two stacks for all of them

FAR_IP = "127.0.7.1"
SECURE, OPUS = "990", "991"
FAR_TONE, OUR_TONE = 1000.0, 600.0
TONE_S = 3
FAR_END = "07552550108"


class Ends(NamedTuple):
    """Our house, and the far end's."""

    house: House
    far: House


@pytest.fixture(scope="module")
def ends() -> Iterator[Ends]:
    folder = Path(tempfile.mkdtemp(prefix="warroom-far-", dir="/var/tmp"))
    folder.chmod(0o755)
    ours, theirs = free_ports(2)
    data = None
    try:
        make_certificate(folder / "tls")
        sound = folder / "tone.alaw"
        sound.write_bytes(_tone(FAR_TONE))
        sound.chmod(0o644)
        both = _trunk("secure", "127.0.0.1", ours, ("opus", "alaw"))
        data, settings = make_data(trunks=LOOPBACK + both + _tls(folder, theirs), sip_bind=f'"{FAR_IP}"')
        trunks = _trunk("secure", FAR_IP, theirs, ("alaw",)) + _trunk("opus", FAR_IP, theirs, ("opus",), "127.0.7.9")
        with (
            open_house(trunks=LOOPBACK + trunks + _tls(folder, ours)) as house,
            RunningStack(data, services=()) as stack,
        ):
            far = House(data, settings, stack, Ear({}, {}))
            _dialplan(house, _through(SECURE, FAR_END, "secure") + _through(OPUS, FAR_END, "opus"))
            _dialplan(far, _answering(far, sound) + _through(SECURE, "181", "secure"))
            yield Ends(house, far)
    finally:
        shutil.rmtree(folder)
        if data is not None:
            shutil.rmtree(data, ignore_errors=True)


@pytest.mark.parametrize("did", [SECURE, OPUS])
async def test_sip_sound_goes_both_ways_encrypted_and_in_opus(ends: Ends, did: str) -> None:
    for path in _recordings(ends.far):
        path.unlink()
    async with InDialog(ends.house.sip, did, ear=ends.house.ear, caller="9811530001") as call:
        said = asyncio.create_task(call.speak(_tone(OUR_TONE) * 4))
        await until(lambda: has_tone(b"".join(call.frames[-25:]), FAR_TONE), seconds=20)
        if did == OPUS:
            assert "opus" in await asyncio.to_thread(ends.house.asterisk, "pjsip show channelstats")
        await call.ended(within_s=30)
        said.cancel()
    await until(lambda: _heard_by(ends.far), seconds=20)
    assert has_tone(_heard_by(ends.far).pop(), OUR_TONE)


async def test_sip_call_that_comes_in_encrypted_is_led_through_the_menus(ends: Ends) -> None:
    async with InDialog(ends.far.sip, SECURE, ear=ends.house.ear, caller="9811530002") as call:
        await answer(call, ((FIRST_MENU, "1"), ("food-menu", "1")))
        await call.hear("hi/place-ask")


def _trunk(name: str, host: str, port: int, codecs: tuple[str, ...], match: str = "") -> str:
    return f"""
[[trunk]]
name = "{name}"
server = "{host}:{port}"
match = ["{match or host}"]
transport = "tls"
srtp = true
codecs = [{", ".join(f'"{codec}"' for codec in codecs)}]
channels = 30
dids = {{ 181 = "181" }}
qualify_s = 0
"""


def _tls(folder: Path, port: int) -> str:
    return f'[tls]\ncertificate = "{folder}/tls/sip.crt"\nkey = "{folder}/tls/sip.key"\nport = {port}\n'


def _through(did: str, number: str, trunk: str) -> str:
    return f"[did-loopback]\nexten => {did},1,Answer()\n same => n,Dial(PJSIP/{number}@{trunk},20)\n"


def _answering(far: House, sound: Path) -> str:
    """Refuse what comes in the clear; play a tone, record what comes."""
    record = f"Record({far.data}/asterisk-spool/heard-${{UNIQUEID}}.wav,0,2,q)"
    return f"""[did-secure]
exten => {FAR_END},1,Answer()
 same => n,ExecIf($["${{CHANNEL(rtp,secure)}}" != "1"]?Hangup(21))
 same => n,ExecIf($["${{CHANNEL(pjsip,secure)}}" != "1"]?Hangup(21))
 same => n,Playback({sound.with_suffix("")})
 same => n,{record}
 same => n,Hangup(16)
"""


def _dialplan(house: House, text: str) -> None:
    path = house.data / "asterisk" / "local" / "extensions.conf"
    with path.open("a") as file:
        file.write(text)
    own(path, ASTERISK_USER, 0o600)
    house.asterisk("dialplan reload")


def _recordings(far: House) -> list[Path]:
    return list((far.data / "asterisk-spool").glob("heard-*.wav"))


def _heard_by(far: House) -> list[bytes]:
    """What the far end recorded until now, as A-law; only what is whole."""
    found = []
    for path in _recordings(far):
        with wave.open(str(path)) as file:
            if file.getnframes() >= 2 * RATE - RATE // 4:
                found.append(to_alaw(np.frombuffer(file.readframes(file.getnframes()), "<i2")))
    return found


def _tone(hertz: float) -> bytes:
    at = np.arange(TONE_S * RATE) / RATE
    return to_alaw((8000 * np.sin(2 * np.pi * hertz * at)).astype(np.int16))
