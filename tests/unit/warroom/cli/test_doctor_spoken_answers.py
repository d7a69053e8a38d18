"""What `warroom doctor` says of spoken answers."""

import pytest

from warroom.cli.doctor.spoken_answers import spoken_answers
from warroom.config.settings import load_settings


@pytest.mark.parametrize(
    ("settings", "state", "what"),
    [
        ("", "ok", "district: "),
        ("[calls.spoken_answers]\ndistrict = false\n", "ok", "off: callers answer by keys alone"),
        (
            '[recordings]\nmodels = { hi = "/nowhere" }\n',
            "warning",
            "callers are not asked to say the district: /nowhere",
        ),
    ],
)
def test_doctor_tells_whether_callers_are_asked_to_speak(tmp_path, settings, state, what):
    (tmp_path / "settings.toml").write_text(settings)
    (finding,) = spoken_answers(tmp_path, load_settings(tmp_path))
    assert (finding.state, finding.what[: len(what)]) == (state, what)
