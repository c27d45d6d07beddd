"""The error of the command."""

from __future__ import annotations

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
