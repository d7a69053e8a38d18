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

from agi.prompts.sound.g711 import to_alaw
from router.tickets.operator_presence import OperatorPresence
from tests.live.conftest import LiveStack, make_data, open_stack
from tests.support.brokers import until
from tests.support.certificates import make_certificate
from tests.support.citizen import FIRST_MENU, answer
from tests.support.commands import warroom
from tests.support.operators import has
from tests.support.ports import free_ports
from tests.support.telephones import RATE, InDialog, has_tone
from tests.support.trunk_files import LOOPBACK
from warroom.cli.common import open_storage
from warroom.config.folders import ASTERISK_USER, own
from warroom.config.secrets import operator_password
from warroom.services.stack.running_stack import RunningStack
from warroom.sip_test_client import PromptMatcher

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("sip-far")]  # two stacks for all of them

FAR_IP = "127.0.7.1"
SECURE, OPUS = "990", "991"
FAR_TONE, OUR_TONE = 1000.0, 600.0
TONE_S = 3
FAR_END = "07552550108"
#: Where the far end is an operator's softphone: an address of no trunk's.
SOFTPHONE_IP, SOFTPHONE_WORD = "127.0.7.2", "the-right-one"
OPERATORS = """[[operator]]
id = "301"
name = "At home"
kind = "softphone"
transport = "tls"
"""


class Ends(NamedTuple):
    """Our stack, and the far end's; and where the certificate of both lies."""

    stack: LiveStack
    far: LiveStack
    certificates: Path


@pytest.fixture(scope="module")
def ends() -> Iterator[Ends]:
    folder = Path(tempfile.mkdtemp(prefix="warroom-far-", dir="/var/tmp"))
    folder.chmod(0o755)
    ours, theirs, softphone = free_ports(3)
    data = None
    try:
        make_certificate(folder / "tls")
        sound = folder / "tone.alaw"
        sound.write_bytes(_tone(FAR_TONE))
        sound.chmod(0o644)
        both = _trunk("secure", "127.0.0.1", ours, ("opus", "alaw"))
        data, settings = make_data(trunks=LOOPBACK + both + _tls(folder, theirs), sip_bind=f'"{FAR_IP}"')
        _local(data, "pjsip.conf", _softphone(folder, softphone, ours))
        trunks = _trunk("secure", FAR_IP, theirs, ("alaw",)) + _trunk("opus", FAR_IP, theirs, ("opus",), "127.0.7.9")
        secrets = {operator_password("301"): SOFTPHONE_WORD}
        with (
            open_stack(trunks=LOOPBACK + trunks + _tls(folder, ours), operators=OPERATORS, secrets=secrets) as stack,
            RunningStack(data, services=()) as exits,
        ):
            far = LiveStack(data, settings, exits, PromptMatcher({}, {}))
            _dialplan(stack, _through(SECURE, FAR_END, "secure") + _through(OPUS, FAR_END, "opus"))
            _dialplan(far, _answering(far, sound) + _through(SECURE, "181", "secure"))
            yield Ends(stack, far, folder / "tls")
    finally:
        shutil.rmtree(folder)
        if data is not None:
            shutil.rmtree(data, ignore_errors=True)


@pytest.mark.parametrize("did", [SECURE, OPUS])
async def test_sip_sound_goes_both_ways_encrypted_and_in_opus(ends: Ends, did: str) -> None:
    for path in _recordings(ends.far):
        path.unlink()
    async with InDialog(ends.stack.sip, did, matcher=ends.stack.matcher, caller="9811530001") as call:
        said = asyncio.create_task(call.speak(_tone(OUR_TONE) * 4))
        await until(lambda: has_tone(b"".join(call.frames[-25:]), FAR_TONE), seconds=60)
        if did == OPUS:
            assert "opus" in await asyncio.to_thread(ends.stack.asterisk, "pjsip show channelstats")
        await call.ended(within_s=30)
        said.cancel()
    await until(lambda: _heard_by(ends.far), seconds=60)
    assert has_tone(_heard_by(ends.far).pop(), OUR_TONE)


async def test_sip_call_that_comes_in_encrypted_is_led_through_the_menus(ends: Ends) -> None:
    async with InDialog(ends.far.sip, SECURE, matcher=ends.stack.matcher, caller="9811530002") as call:
        await answer(call, ((FIRST_MENU, "1"),))
        make_certificate(ends.certificates)  # renewed in mid-call
        assert (await warroom(ends.stack.data, "apply")).code == 0
        await answer(call, (("food-menu", "1"),))
        await call.hear("hi/place-ask")


async def test_sip_softphone_of_an_operator_takes_a_call_encrypted(ends: Ends) -> None:
    for path in _recordings(ends.far):
        path.unlink()
    async with open_storage(ends.stack.data) as store:
        await OperatorPresence(store).login("301")
        await has(ends.stack, "general-hi", free=1)
        assert "transport=TLS" in await asyncio.to_thread(ends.stack.asterisk, "pjsip show aor operator-301")
        async with InDialog(ends.stack.sip, "181", matcher=ends.stack.matcher, caller="9811530003") as call:
            await answer(call, ((FIRST_MENU, "0"),))
            said = asyncio.create_task(call.speak(_tone(OUR_TONE) * 4))
            await until(lambda: has_tone(b"".join(call.frames[-25:]), FAR_TONE), seconds=60)
            await call.ended(within_s=30)
            said.cancel()
        await until(lambda: _heard_by(ends.far), seconds=60)
        assert has_tone(_heard_by(ends.far).pop(), OUR_TONE)
        await OperatorPresence(store).logout("301")


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


def _softphone(folder: Path, port: int, theirs: int) -> str:
    """A telephone that signs in; its calls come to the number that answers."""
    return f"""[transport-softphone](transport)
protocol = tls
bind = {SOFTPHONE_IP}:{port}
method = tlsv1_2
cert_file = {folder}/tls/sip.crt
priv_key_file = {folder}/tls/sip.key

[softphone-word]
type = auth
auth_type = digest
username = operator-301
password = {SOFTPHONE_WORD}

[softphone]
type = registration
transport = transport-softphone
outbound_auth = softphone-word
server_uri = sip:127.0.0.1:{theirs}\\;transport=tls
client_uri = sip:operator-301@127.0.0.1
contact_user = {FAR_END}
retry_interval = 1
"""


def _through(did: str, number: str, trunk: str) -> str:
    return f"[did-loopback]\nexten => {did},1,Answer()\n same => n,Dial(PJSIP/{number}@{trunk},20)\n"


def _answering(far: LiveStack, sound: Path) -> str:
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


def _dialplan(stack: LiveStack, text: str) -> None:
    _local(stack.data, "extensions.conf", text)
    stack.asterisk("dialplan reload")


def _local(data: Path, name: str, text: str) -> None:
    """What an admin writes into a file of Asterisk's own."""
    path = data / "asterisk" / "local" / name
    with path.open("a") as file:
        file.write(text)
    own(path, ASTERISK_USER, 0o600)


def _recordings(far: LiveStack) -> list[Path]:
    return list((far.data / "asterisk-spool").glob("heard-*.wav"))


def _heard_by(far: LiveStack) -> list[bytes]:
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
