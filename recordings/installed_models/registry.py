"""Which installed models there are, and which is in force for each language.

They lie in ``<data>/models/<language>/<name>``, where only root writes. ``<data>/models/in-force.json`` lists for each
language those that were put in force, the newest first: going back takes the first away, and with none left the model
that comes with the program is in force again. A model in the settings (``recordings.models``) outranks all of them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path  # noqa: TC003 - part of the public signature
from typing import Final

from router.errors import UserError

FILE_NAME: Final = "in-force.json"


class InstalledModelsError(UserError):
    """The list of models in force cannot be read, or there is none to go back to."""


class InstalledModels:
    """The installed models of a data directory.

    Args:
        root: Their folder, which need not exist.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def folder(self, language: str) -> Path:
        """Return where the models of a language lie."""
        return self._root / language

    def in_force(self) -> dict[str, Path]:
        """Return the folder of each language's model, of those languages that have an installed one.

        Raises:
            InstalledModelsError: The list cannot be read.
        """
        return {language: self.folder(language) / names[0] for language, names in self._read().items() if names}

    def installed(self) -> list[tuple[str, Path]]:
        """Return language and folder of all models, in force or not."""
        if not self._root.is_dir():
            return []
        languages = sorted(path for path in self._root.iterdir() if path.is_dir() and not path.name.startswith("."))
        return [
            (language.name, model)
            for language in languages
            for model in sorted(language.iterdir())
            if model.is_dir() and not model.name.startswith(".")
        ]

    def put_in_force(self, language: str, name: str) -> None:
        """Put a model in force; the one before it can be gone back to."""
        lists = self._read()
        names = lists.get(language, [])
        if names[:1] != [name]:
            self._write(lists | {language: [name, *names]})

    def go_back(self, language: str) -> Path | None:
        """Put the model before in force; return its folder, or None when it is the one that comes with the program.

        Raises:
            InstalledModelsError: No installed model is in force, or the one before is gone.
        """
        lists = self._read()
        names = lists.get(language, [])
        if not names:
            raise InstalledModelsError(
                f"no installed model is in force for {language!r}: there is none to go back from"
            )
        before = self.folder(language) / names[1] if len(names) > 1 else None
        if before is not None and not before.is_dir():
            raise InstalledModelsError(
                f"{before}: the model before is gone; install it again, or take its name out of {self._file}"
            )
        self._write(lists | {language: names[1:]})
        return before

    @property
    def _file(self) -> Path:
        return self._root / FILE_NAME

    def _read(self) -> dict[str, list[str]]:
        try:
            lists = json.loads(self._file.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise InstalledModelsError(f"{self._file}: it cannot be read: {error}; install the model again") from None
        if not isinstance(lists, dict) or not all(
            isinstance(names, list) and all(isinstance(name, str) and _is_plain(name) for name in names)
            for names in lists.values()
        ):
            raise InstalledModelsError(
                f"{self._file}: it must list names of folders for each language; remove it and install the model again"
            )
        return lists

    def _write(self, lists: dict[str, list[str]]) -> None:
        draft = self._file.with_name(f".{FILE_NAME}.draft")
        with draft.open("w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o644)
            json.dump(lists, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._file)


def _is_plain(name: str) -> bool:
    return bool(name) and not name.startswith(".") and "/" not in name
