"""The live picture of channels: callers and legs, helplines and stages."""

from __future__ import annotations

from agi.ami.channels import MAX_CLAIMS, ChannelRegistry
from tests.support.ami_server import channel


def channels() -> tuple[ChannelRegistry, list[None]]:
    changes: list[None] = []
    return ChannelRegistry({"181": "181", "07552550104": "104"}, lambda: changes.append(None)), changes


def test_caller_is_counted_by_the_number_dialled() -> None:
    live, changes = channels()
    live.newchannel(channel("1.1"))
    live.newchannel(channel("1.2", "07552550104"))
    live.newchannel(channel("1.3", "999"))
    assert live.calls_by_helpline() == {"181": 1, "104": 1, "unknown": 1}
    assert len(changes) == 3


def test_outgoing_leg_is_alive_but_no_caller() -> None:
    live, _ = channels()
    live.newchannel(channel("1.1"))
    live.newchannel(channel("1.2", "", linkedid="1.1", name="PJSIP/operator-1-0000"))
    live.newchannel(channel("1.3", "", name="PJSIP/callback-0000"))
    assert live.alive == {"1.1", "1.2", "1.3"}
    assert live.calls_by_helpline() == {"181": 1}


def test_caller_put_through_is_one_caller_and_two_channels() -> None:
    live, _ = channels()
    live.newchannel(channel("1.1", name="PJSIP/bsnl-00000001"))
    live.newchannel(channel("1.2", "", linkedid="1.1", name="PJSIP/operator-1-00000002"))
    live.newchannel(channel("1.3", name="Local/9826012345@callback-dial-00000001;1"))
    assert live.by_line() == {
        "bsnl": {"channels": 1, "callers": 1},
        "operator-1": {"channels": 1, "callers": 0},
        "local": {"channels": 1, "callers": 0},
    }


def test_assign_knows_better() -> None:
    live, changes = channels()
    live.newchannel(channel("1.1"))
    live.assign("1.1", "104", "place")
    live.assign("1.1", "104", "place")
    assert live.calls_by_stage() == {"104": {"place": 1}}
    assert len(changes) == 2


def test_assign_before_asterisk_told_of_the_channel() -> None:
    live, _ = channels()
    live.assign("1.1", "warroom", "menu")
    assert live.alive == frozenset()
    live.newchannel(channel("1.1"))
    assert live.calls_by_stage() == {"warroom": {"menu": 1}}


def test_assign_of_channels_that_never_come_is_bounded() -> None:
    live, _ = channels()
    for n in range(MAX_CLAIMS * 2):
        live.assign(f"9.{n}", "181", "menu")
    assert len(live._claims) == MAX_CLAIMS


def test_hangup_forgets_all() -> None:
    live, changes = channels()
    live.newchannel(channel("1.1"))
    live.hangup(channel("1.1"))
    live.assign("1.2", "181", "menu")
    live.hangup(channel("1.2"))
    live.hangup(channel("1.3"))
    assert live.alive == frozenset()
    assert not live._claims
    assert len(changes) == 2


def test_rename_changes_the_name() -> None:
    live, _ = channels()
    live.newchannel(channel("1.1"))
    live.rename({"Channel": "old", "Newname": "PJSIP/new", "Uniqueid": "1.1"})
    live.rename({"Newname": "PJSIP/none", "Uniqueid": "9.9"})
    found = live.channel("1.1")
    assert found is not None
    assert found.name == "PJSIP/new"


def test_rebuild_keeps_who_is_a_caller_though_linked_elsewhere_by_now() -> None:
    live, _ = channels()
    live.newchannel(channel("1.5"))
    live.start_rebuild()
    live.rebuild([channel("1.5", "s", linkedid="1.1")])
    assert live.calls_by_helpline() == {"181": 1}


def test_rebuild_drops_what_is_not_listed() -> None:
    live, _ = channels()
    live.newchannel(channel("1.1"))
    live.start_rebuild()
    live.rebuild([])
    assert live.alive == frozenset()


def test_events_that_make_no_sense_change_nothing() -> None:
    live, changes = channels()
    live.newchannel({})
    live.newchannel({"Uniqueid": ["1", "2"]})
    live.hangup({})
    live.rename({})
    assert live.alive == frozenset()
    assert changes == []


def test_call_is_all_that_began_with_it_speaks_with_it_or_is_behind_it() -> None:
    live, _ = channels()
    live.newchannel(channel("1.1"))
    live.newchannel(channel("1.2", "", linkedid="1.1", name="PJSIP/operator-1-0000"))
    live.newchannel(channel("2.1"))
    live.newchannel(channel("3.1", name="Local/line-104@bridge-add-00000001;1"))
    live.newchannel(channel("3.2", name="Local/line-104@bridge-add-00000001;2"))
    live.newchannel(channel("3.3", "", linkedid="3.2", name="PJSIP/far-0000"))
    live.newchannel(channel("9.9", name="CBAnn/77-00000000;2"))
    assert {one.uniqueid for one in live.call_of("1.1")} == {"1.1", "1.2"}
    for uniqueid in ("1.1", "1.2", "3.1", "9.9"):
        live.bridge_enter({"Uniqueid": uniqueid, "BridgeUniqueid": "b", "Linkedid": "1.1"})
    assert {one.uniqueid for one in live.call_of("3.3")} == {"1.1", "1.2", "3.1", "3.2", "3.3"}
    assert [len(call) for call in live.bridged_calls()] == [5]
    live.bridge_leave({"Uniqueid": "1.1", "BridgeUniqueid": "of another time"})
    assert len(live.in_bridge("b")) == 3
    live.bridge_leave({"Uniqueid": "1.1", "BridgeUniqueid": "b"})
    assert [one.uniqueid for one in live.in_bridge("b")] == ["1.2", "3.1"]
    assert live.call_of("gone") == []


def test_rebuild_reads_the_bridges_but_for_what_moved_meanwhile() -> None:
    live, _ = channels()
    for uniqueid in ("1.1", "2.1"):
        live.newchannel(channel(uniqueid))
    live.start_rebuild()
    live.bridge_enter({"Uniqueid": "1.1", "BridgeUniqueid": "new", "Linkedid": "1.1"})
    live.rebuild([channel(uniqueid) | {"BridgeId": "old"} for uniqueid in ("1.1", "2.1", "3.1")])
    assert {one.uniqueid: one.bridge for one in live.bridged()} == {"1.1": "new", "2.1": "old", "3.1": "old"}
