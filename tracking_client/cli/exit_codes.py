"""The exit codes of the command. They are stable: scripts and workflow engines rely on them."""

from __future__ import annotations

from collections.abc import Iterable

DONE = 0
FAILED = 1
USAGE = 2
NOT_TRACKED = 3
CONFLICT = 4
BAD_INPUT = 65
TEMPORARY = 75
BAD_SETTING = 78
HANGUP = 129
INTERRUPTED = 130
CLOSED_PIPE = 141
TERMINATED = 143

MEANINGS = {
    DONE: "done; every file that was asked about is tracked",
    FAILED: "failed, or the outcome of a write is unknown; look before trying again",
    USAGE: "wrong usage; nothing was sent",
    NOT_TRACKED: "at least one file or sample is not tracked, or check found a difference",
    CONFLICT: "at least one file belongs to another sample, or a name to another sample",
    BAD_INPUT: "a file, manifest or table cannot be used",
    TEMPORARY: "failed for now, and after --retry-for; trying again later may help",
    BAD_SETTING: "a setting is invalid, or the host is no tracking API",
    HANGUP: "ended by SIGHUP, as when a connection to the machine breaks",
    INTERRUPTED: "interrupted by Ctrl-C",
    CLOSED_PIPE: "the reader of the output closed the pipe",
    TERMINATED: "ended by SIGTERM",
}
"""For the manual."""

_BY_SEVERITY = (BAD_SETTING, TEMPORARY, BAD_INPUT, FAILED, CONFLICT, NOT_TRACKED, DONE)


def worst(codes: Iterable[int]) -> int:
    """Return the exit code for several outcomes: a failure counts more than a conflict, and that more than a no."""
    return min(codes, key=_BY_SEVERITY.index, default=DONE)


def exit_code_of(error: BaseException) -> int:
    """Return the exit code for an error."""
    # Imported for the first error, because they import urllib3.
    from .. import exceptions

    if isinstance(error, exceptions.ServiceUnavailableError) and error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, exceptions.NotFoundException):
        return NOT_TRACKED
    if isinstance(error, (exceptions.ConflictException, exceptions.SampleConflictError)):
        return CONFLICT
    if isinstance(error, exceptions.ApiException):
        if error.temporary:
            return TEMPORARY
        # Without a response, the host name does not exist, or the certificate is not trusted.
        is_setting = error.status in (0, 401, 403) or isinstance(error, exceptions.ApiResponseError)
        return BAD_SETTING if is_setting else FAILED
    if isinstance(error, (exceptions.OpenApiException, OSError, UnicodeError)):
        return BAD_INPUT
    return FAILED
