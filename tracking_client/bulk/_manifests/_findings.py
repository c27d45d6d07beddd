"""What is to be said about the lines of a manifest."""

from __future__ import annotations

from ...exceptions import ManifestError
from .._entries import ManifestProblem

_MAX_SHOWN = 60
"""Characters of a text that a message shows."""


class Findings:
    """The problems and the notes of a manifest that is being read.

    Args:
        name: how messages name the manifest.
    """

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.problems: list[ManifestProblem] = []
        self.notes: list[ManifestProblem] = []

    def problem(self, line: int, message: str) -> None:
        """Say why a line cannot be used."""
        self.problems.append(ManifestProblem(line, message))

    def note(self, line: int, message: str) -> None:
        """Say something about a line that is used, or that needs no entry."""
        self.notes.append(ManifestProblem(line, message))

    def error(self, message: str) -> ManifestError:
        """Return the error that says why the whole manifest cannot be used, with the problems of its lines."""
        return ManifestError(f"Invalid manifest {self.name!r}: {message}", sorted(self.problems))


def shown(text: str) -> str:
    """Return a text as a message shows it: quoted, and only its beginning if it is long."""
    return repr(text) if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]!r}..."
