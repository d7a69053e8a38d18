"""A stack with a trunk for each way a line may be, and how a call is placed by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.telephones import FAR_END, FAR_PORT, InDialog
from tests.support.trunk_files import LOOPBACK
from warroom.sip_test_client import PromptMatcher
from warroom.sip_test_client.codecs import ALAW, Codec

if TYPE_CHECKING:
    from tests.live.conftest import LiveStack

#: Trunk -> the address its calls come from, and what is set for it.
AT = {
    "infos": ("127.0.6.1", 'dtmf = "info"'),
    "tones": ("127.0.6.2", 'dtmf = "inband"'),
    "events": ("127.0.6.3", 'dtmf = "rfc4733"'),
    "short": ("127.0.6.4", ""),
    "ulaw": ("127.0.6.5", 'codecs = ["ulaw"]'),
    "g722": ("127.0.6.6", 'codecs = ["g722", "alaw"]'),
    "moves": ("127.0.6.7", ""),
}
TRUNKS = (
    LOOPBACK
    + "".join(
        f"""
[[trunk]]
name = "{name}"
server = "{host}"
channels = 30
dids = {{ 181 = "181", 1077 = "rooms" }}
qualify_s = 0
{more}
"""
        for name, (host, more) in AT.items()
    )
    + f"""
[[trunk]]
name = "far"
server = "{FAR_END}:{FAR_PORT}"
channels = 30
dids = {{ 07552550181 = "181" }}
dials = {{ 108 = "108" }}
headers = true
qualify_s = 0
"""
)
#: On these lines a far end that has gone is noticed after two seconds in place of sixty.
SHORT = """[short](+)
endpoint/rtp_timeout = 2
[far](+)
endpoint/rtp_timeout = 2
"""
EMERGENCY = '["108"]'


def by_trunk(
    stack: LiveStack, name: str, caller: str, *, did: str = "181", codec: Codec = ALAW, **options: Any
) -> InDialog:
    """A call from this trunk, to be entered with `async with`."""
    matcher = stack.matcher if codec is ALAW else PromptMatcher.of(stack.layout.prompts, codec.form)
    return InDialog(stack.sip, did, matcher=matcher, local_ip=AT[name][0], caller=caller, codec=codec, **options)


def by_loopback(stack: LiveStack, caller: str, **options: Any) -> InDialog:
    """A call from the trunk all tests have."""
    return InDialog(stack.sip, "181", matcher=stack.matcher, caller=caller, **options)
