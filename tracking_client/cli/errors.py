"""The error of the command."""

from __future__ import annotations

import re

from ..argument_errors import OpenApiException


class CommandError(OpenApiException):
    """An error with an exit code of its own.

    Args:
        message: the message.
        exit_code: the exit code.
    """

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


_PHRASES = {
    "create=True": "--create",
    "with strict=False": "with --skip-bad-lines",
    "else columns={'md5sum': None}": "else --column md5sum=",
    "see sheet=": "see --sheet",
    "and no isolate_id, experiment_id or sample_id was given": "and no --isolate, --experiment or --sample was given",
    "say where they are with root=": "say where they are with --root",
    "Pass `file_type` for another name": "Say --type for another name",
    "to register it, pass a File, with its name and type": "to register it, give a manifest with its name",
    "columns={'isolate': ..., 'path': ...}": "--column isolate=NAME --column path=NAME",
    "contradicts the argument isolate_id=": "contradicts --isolate ",
    "contradicts the argument experiment_id=": "contradicts --experiment ",
    "contradicts the argument sample_id=": "contradicts --sample ",
    "contradicts the argument file_type=": "contradicts --type ",
}
"""What the library says to do in Python, and what that is in the command."""


def in_words_of_options(message: str) -> str:
    """Return a message of the library with the options of the command in place of its arguments."""
    for phrase, option in _PHRASES.items():
        message = message.replace(phrase, option)
    message = re.sub(r"columns=\{'(\w+)': (.*?)\}", r"--column \1=\2", message)
    message = re.sub(r"""encoding=["']([\w-]+)["']""", r"--encoding \1", message)
    # The library counts sheets from 0.
    return re.sub(r"(?<=^Invalid value for `sheet` \()\d+(?=\))", lambda index: str(int(index[0]) + 1), message)
