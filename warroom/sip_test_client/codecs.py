"""Codecs of test calls: 20 ms are 160 bytes in each of them."""

from __future__ import annotations

from typing import NamedTuple


class Codec(NamedTuple):
    """A codec of a test call.

    Attributes:
        payload_type: Static RTP payload type (RFC 3551, table 4).
        name: In SDP, with its RTP clock; G.722's is 8000 by an old mistake that stands (RFC 3551 4.5.2).
        form: Ending of the prompts' files.
        silence: 20 ms of it.
    """

    payload_type: int
    name: str
    form: str
    silence: bytes


ALAW = Codec(8, "PCMA/8000", "alaw", b"\xd5" * 160)  # A-law zero (ITU-T G.711)
ULAW = Codec(0, "PCMU/8000", "ulaw", b"\xff" * 160)
G722 = Codec(9, "G722/8000", "g722", b"\xfa" * 160)
