"""The test telephone: SIP text, and telling prompts apart by ear."""

import random

from warroom.sip_test_client.prompt_matcher import PromptMatcher
from warroom.sip_test_client.sip import Dialog, SipMessage, media_address, offer


def test_sip_response_is_read():
    message = SipMessage.parse(b"SIP/2.0 486 Busy Here\r\nCSeq: 1 INVITE\r\nVia: a\r\nVia: b\r\n\r\nbody")
    assert (message.status, message.method, message.body) == (486, "INVITE", "body")
    assert message.all("via") == ["a", "b"]


def test_sip_ack_of_an_answer_goes_to_its_contact():
    dialog = Dialog(("127.0.1.1", 5062), ("127.0.0.1", 5060), "181", "9876543210")
    answer = SipMessage.parse(
        b"SIP/2.0 200 OK\r\nTo: <sip:181@127.0.0.1>;tag=x\r\nContact: <sip:127.0.0.1:5999>\r\nCSeq: 1 INVITE\r\n\r\n"
    )
    ack = dialog.ack(answer).decode()
    assert ack.startswith("ACK sip:127.0.0.1:5999 SIP/2.0\r\n")
    assert "To: <sip:181@127.0.0.1>;tag=x\r\n" in ack
    assert dialog.branch not in ack


def test_sip_offer_names_our_address():
    assert media_address(offer("127.0.1.1", 4000)) == ("127.0.1.1", 4000)


def test_ear_knows_prompts_and_their_beginning(tmp_path):
    noise = random.Random(1)
    sounds = {name: noise.randbytes(480) for name in ("a", "b")}
    shared = noise.randbytes(160)
    (tmp_path / "hi").mkdir()
    for name, sound in sounds.items():
        (tmp_path / "hi" / f"{name}.alaw").write_bytes(sound + shared + b"\xd5" * 160)
    matcher = PromptMatcher.of(tmp_path)
    assert matcher.place(sounds["a"][:160]) == ("hi/a", 0)
    assert matcher.place(sounds["b"][160:320]) == ("hi/b", 1)
    assert matcher.place(shared) is None
    assert matcher.place(b"\xd5" * 160) is None
