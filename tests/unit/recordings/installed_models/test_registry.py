"""Which model is in force, and the way back."""

import json

import pytest

from recordings.installed_models.registry import FILE_NAME, InstalledModels, InstalledModelsError
from recordings.settings import OWN_MODEL
from warroom.config.settings import SettingsFileError, load_settings


def test_back_goes_through_all_that_were_in_force(tmp_path):
    models = InstalledModels(tmp_path)
    for name in ("a", "b", "b", "c"):
        models.folder("hi").joinpath(name).mkdir(parents=True, exist_ok=True)
        models.put_in_force("hi", name)
    assert models.in_force() == {"hi": tmp_path / "hi" / "c"}
    assert [models.go_back("hi") for _ in range(3)] == [tmp_path / "hi" / "b", tmp_path / "hi" / "a", None]
    assert models.in_force() == {}
    with pytest.raises(InstalledModelsError, match="none to go back from"):
        models.go_back("hi")
    assert [folder.name for _, folder in models.installed()] == ["a", "b", "c"]


def test_back_to_a_model_that_is_gone_changes_nothing(tmp_path):
    models = InstalledModels(tmp_path)
    for name in ("a", "b"):
        models.put_in_force("hi", name)
    with pytest.raises(InstalledModelsError, match="the model before is gone"):
        models.go_back("hi")
    assert models.in_force() == {"hi": tmp_path / "hi" / "b"}


def test_settings_have_the_installed_model_unless_they_name_one(tmp_path):
    (tmp_path / "models").mkdir()
    assert load_settings(tmp_path).recordings.models == {"hi": OWN_MODEL}
    InstalledModels(tmp_path / "models").put_in_force("en", "e")
    assert load_settings(tmp_path).recordings.models == {"hi": OWN_MODEL, "en": tmp_path / "models" / "en" / "e"}
    InstalledModels(tmp_path / "models").put_in_force("hi", "h")
    (tmp_path / "settings.toml").write_text("[recordings]\nworkers = 3\n")
    assert load_settings(tmp_path).recordings.models["hi"] == tmp_path / "models" / "hi" / "h"
    (tmp_path / "settings.toml").write_text('[recordings.models]\nhi = "/srv/hi"\n')
    assert {key: str(path) for key, path in load_settings(tmp_path).recordings.models.items()} == {
        "hi": "/srv/hi", "en": str(tmp_path / "models" / "en" / "e"),
    }  # fmt: skip


@pytest.mark.parametrize("content", ["{", "[]", json.dumps({"hi": ["../../etc"]}), json.dumps({"hi": [".x"]})])
def test_list_that_cannot_be_read(tmp_path, content):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / FILE_NAME).write_text(content)
    with pytest.raises(SettingsFileError, match="install the model again"):
        load_settings(tmp_path)
