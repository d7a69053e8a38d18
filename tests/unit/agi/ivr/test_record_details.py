"""The caller's own words."""

import pytest

from agi.fastagi.errors import AgiCommandError, CallerGoneError
from agi.ivr.context import OperatorRequestedError
from agi.ivr.steps.ticket.record_details import RecordDetailsStep
from recordings.spool import Spool
from router.model.calls.recording_record import NewRecording
from tests.support.ivr_fakes import HANG_UP, NOW, UNIQUEID, make_talk, names

DETAILS = RecordDetailsStep(kind="record-details", prompts=("details-ask",), seconds=20, next="ticket")
NAME = f"20200401T100000Z-{UNIQUEID}-181-hi.wav"


async def test_details_are_recorded_behind_a_beep(tmp_path):
    talk = make_talk(tmp_path, ["", "#"])
    assert await DETAILS.run(talk) == "ticket"
    assert talk.session.heard == ["details-ask", "beep"]
    assert talk.call.recordings == (NewRecording(name=NAME, call=UNIQUEID, helpline="181", language="hi", begun=NOW),)
    assert (talk.incoming / NAME).exists()


async def test_details_name_is_one_the_spool_knows(tmp_path):
    talk = make_talk(tmp_path, ["", "#"])
    await DETAILS.run(talk)
    (found,) = Spool(talk.incoming, tmp_path / "kept").waiting(lambda _: False)
    assert (found.facts,) == talk.call.recordings


async def test_details_two_recordings_of_a_second_have_two_names(tmp_path):
    talk = make_talk(tmp_path, ["", "#", "", "#"])
    await DETAILS.run(talk)
    await DETAILS.run(talk)
    assert names(talk.call.recordings) == (NAME, NAME.replace("100000Z", "100001Z"))


@pytest.mark.parametrize("keys", ["5", "#"])
async def test_details_a_key_before_the_beep_skips(tmp_path, keys):
    talk = make_talk(tmp_path, [keys])
    assert await DETAILS.run(talk) == "ticket"
    assert talk.session.recorded == []
    assert talk.call.recordings == ()


async def test_details_a_key_at_once_leaves_no_file(tmp_path):
    talk = make_talk(tmp_path, ["", "#"])
    talk.session.recording_s = 0.2
    await DETAILS.run(talk)
    assert talk.call.recordings == ()
    assert list(talk.incoming.iterdir()) == []


async def test_details_star_records_again_into_the_same_file(tmp_path):
    talk = make_talk(tmp_path, ["", "*", "", "#"])
    await DETAILS.run(talk)
    assert len(talk.session.recorded) == 2
    assert names(talk.call.recordings) == (NAME,)


async def test_details_0_while_speaking_is_a_person_and_keeps_the_sound(tmp_path):
    talk = make_talk(tmp_path, ["", "0"])
    with pytest.raises(OperatorRequestedError):
        await DETAILS.run(talk)
    assert names(talk.call.recordings) == (NAME,)


async def test_details_a_full_disk_costs_the_sound_not_the_ticket(tmp_path):
    talk = make_talk(tmp_path, ["", AgiCommandError("RECORD FILE", "Asterisk could not write the file")])
    assert await DETAILS.run(talk) == "ticket"
    assert talk.call.recording is None


async def test_details_hang_up_leaves_the_file_to_be_found(tmp_path):
    talk = make_talk(tmp_path, ["", HANG_UP])
    with pytest.raises(CallerGoneError):
        await DETAILS.run(talk)
    assert talk.call.recording.name == NAME


@pytest.mark.parametrize("uniqueid", ["../../etc/x", "a b", "ast-1585.7"])
async def test_details_a_strange_uniqueid_stays_in_the_folder(tmp_path, uniqueid):
    talk = make_talk(tmp_path, ["", "#"])
    talk.call.uniqueid = uniqueid
    await DETAILS.run(talk)
    assert [path.parent for path in talk.session.recorded] == [talk.incoming]
