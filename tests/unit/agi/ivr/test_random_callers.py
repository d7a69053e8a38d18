"""Whatever a caller presses, the call ends soundly and nothing is lost or promised falsely."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agi.dialplan import NextAction
from agi.ivr.context import MAX_ASKS
from agi.ivr.state import CallState
from router.storage.errors import StorageUnavailableError
from tests.support.ivr_fakes import HANG_UP, FakeDesk, places, simulate_call

CODES = ["462001", "452001", "0755#", "755#", "400001", "457556", "450120", "999999", "0" * 6, "000#"]
NUMBERS = ["9812300000#", "07552551234#", "123#", "9" * 14]
ANY_KEYS = st.one_of(
    st.sampled_from(["1", "2", "1", "2", "1", "3", "9"]),
    st.sampled_from(["", "#", "*", "8", "0", HANG_UP]),
    st.sampled_from([*CODES, *NUMBERS]),
    st.text(alphabet="0123456789*#", max_size=20),
)
TOWARDS_A_TICKET = st.sampled_from([[], ["1", "1"], ["1", "1", "462001", "1"], ["1", "1", "462001", "1", "1", "", "#"]])
KEYS = st.builds(lambda first, rest: first + rest, TOWARDS_A_TICKET, st.lists(ANY_KEYS, max_size=40))
DESKS = st.builds(
    FakeDesk,
    fails=st.sampled_from([None, None, None, StorageUnavailableError("locked", Path("x"), "wait")]),
    place=st.sampled_from([None, "rewa"]),
)


class Watched(CallState):
    """Notes what was known of each trouble when it was closed."""

    __slots__ = ("closed",)

    def close_trouble(self):
        known = bool(self.district or self.guess or self.callback)
        self.closed = [*getattr(self, "closed", []), (self.source_key, self.need, known)]
        super().close_trouble()


@settings(max_examples=250, suppress_health_check=[HealthCheck.too_slow])
@given(
    keys=KEYS,
    caller=st.sampled_from(["9812343210", "", "anonymous"]),
    operators=st.booleans(),
    gone_at=st.none() | st.integers(1, 60),
    desk=DESKS,
)
async def test_random_calls_end_soundly(keys, caller, operators, gone_at, desk):
    def no_false_number(names):
        digits = "".join(name.removeprefix("number-") for name in names if name.startswith("number-"))
        if "number-is" in names:
            said = "".join(character for character in digits if character.isdigit())
            assert said[:9] == said[9:]
            assert said[:9] in {desk.numbers[key] for key in desk.opened}

    with tempfile.TemporaryDirectory() as folder:
        talk = await simulate_call(
            Path(folder),
            keys,
            caller=caller,
            operators=operators,
            gone_at=gone_at,
            desk=desk,
            state=Watched,
            on_ask=no_false_number,
        )
    assert len(talk.session.asked) <= MAX_ASKS
    assert talk.session.next in {None, *NextAction}
    assert operators or "queue" not in talk.session.variables.get("WR_DESTINATIONS", "")
    assert talk.call.need is None
    closed = getattr(talk.call, "closed", [])
    booked = desk.reports
    assert set(desk.opened).isdisjoint(desk.kept)
    assert len({key for key, _, _ in closed}) == len(closed)
    for key, need, known in closed:
        if need and known:
            assert booked[key].need == need
            assert booked[key].district is None or booked[key].district in places().districts
    assert set(booked) <= {key for key, need, _ in closed if need}
    assert desk.rows[-1].outcome
