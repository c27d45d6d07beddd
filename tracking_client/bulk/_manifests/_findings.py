"""What is to be said about the lines of a manifest."""

from __future__ import annotations

from typing import NamedTuple

_MAX_SHOWN = 60
"""Characters of a text that a message shows."""


class ManifestProblem(NamedTuple):
    """Something that is to be said about a line of a manifest.

    Attributes:
        line: the number of the line, from 1; of the row, for what has no lines.
        message: what is to be said.
    """

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


class Findings:
    """The problems and the notes of a manifest that is being read."""

    def __init__(self) -> None:
        self.problems: list[ManifestProblem] = []
        self.notes: list[ManifestProblem] = []

    def problem(self, line: int, message: str) -> None:
        """Say why a line cannot be used."""
        self.problems.append(ManifestProblem(line, message))

    def note(self, line: int, message: str) -> None:
        """Say something about a line that is used, or that needs no entry."""
        self.notes.append(ManifestProblem(line, message))


def shown(text: str) -> str:
    """Return a text as a message shows it: quoted, and only its beginning if it is long."""
    return repr(text) if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]!r}..."
