"""Whatever files officers send, in whatever order: what was imported once changes nothing again."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from router.model.stranded_group import ANSWERED_HELP
from router.stranded.answers import Answer
from router.stranded.lists import ListName
from router.stranded.service import StrandedService, take_all
from tests.unit.router.stranded.test_register import groups, outside, register

_GROUPS = 3
_answers = st.builds(
    Answer,
    row=st.integers(2, 9),
    group=st.integers(1, _GROUPS + 1),
    list=st.builds(ListName, st.just("outbound"), st.just("kerala"), st.integers(1, 2)),
    help=st.sampled_from([None, *ANSWERED_HELP]),
    people=st.sampled_from([None, 1, 7]),
    place=st.sampled_from(["", "Aluva"]),
    remark=st.sampled_from(["", "called"]),
)
_files = st.lists(st.lists(_answers, max_size=5), min_size=1, max_size=3)


@given(files=_files, again=st.randoms(use_true_random=False))
@settings(max_examples=15)
def test_files_imported_again_in_any_order_change_nothing(files: list[list[Answer]], again: Any) -> None:
    asyncio.run(_import_twice(files, again))


async def _import_twice(files: list[list[Answer]], again: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with register(Path(folder) / "store.sqlite") as (store, desk):
            tickets = [(await desk.open(outside(str(n), phone=f"+91981234567{n}"))).number for n in range(_GROUPS)]
            await store.write(lambda uow: uow.stranded.make_list("outbound", "kerala", "2020-04-01T00:00:00+00:00"))
            service = StrandedService(store, desk)
            bad = [(await take_all(service, file))[1] for file in files]
            before = await groups(store), [await desk.ticket(number) for number in tickets]
            last = {
                answer.group: answer for file in files for answer in file if answer.list.number == 1 and answer.help
            }
            for group in before[0]:
                if group.id in last and not _repeated(files, last[group.id]):
                    assert group.help == last[group.id].help
            order = list(range(len(files)))
            again.shuffle(order)
            for index in order:
                counts, named = await take_all(service, files[index])
                assert counts["changed"] == 0
                assert counts["same"] == 0
                assert named == bad[index]
            assert before == (await groups(store), [await desk.ticket(number) for number in tickets])


def _repeated(files: list[list[Answer]], answer: Answer) -> bool:
    return sum(one.digest == answer.digest for file in files for one in file) > 1
