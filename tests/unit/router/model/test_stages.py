"""The table of steps."""

from router.model.stages import CLOSED, STEPS, Stage


def test_steps_name_every_stage() -> None:
    assert set(STEPS) == set(Stage)


def test_steps_reach_every_stage_from_triage() -> None:
    reached, frontier = {Stage.TRIAGE}, {Stage.TRIAGE}
    while frontier:
        frontier = {after for stage in frontier for after in STEPS[stage]} - reached
        reached |= frontier
    assert reached == set(Stage)


def test_steps_lead_from_every_open_stage_to_a_closed_one() -> None:
    for stage in set(Stage) - CLOSED:
        reached = set(STEPS[stage])
        for _ in Stage:
            reached |= {after for known in reached for after in STEPS[known]}
        assert reached & CLOSED, stage


def test_steps_reopen_what_the_citizen_denies() -> None:
    assert Stage.REOPENED in STEPS[Stage.RESOLVED]
    assert Stage.RESOLVED not in CLOSED


def test_steps_lead_back_from_merged_to_every_stage_that_could_be_merged() -> None:
    assert STEPS[Stage.MERGED] == {stage for stage in Stage if Stage.MERGED in STEPS[stage]}
