"""Settings in environment variables, and how a setting is read from text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..argument_errors import ApiValueError
from .durations import read_duration, read_seconds
from .headers import Headers

LOG_LEVELS = ("debug", "info", "warning", "error")


def environment_settings(environ: Mapping[str, str]) -> dict[str, tuple[Any, str]]:
    """Return the settings that environment variables name. An empty variable counts as not set.

    Args:
        environ: the environment variables.

    Returns:
        By the name of a setting: its value, and the name of the variable.

    Raises:
        ApiValueError: a variable has an invalid value. The message names the variable, and shows no header.
    """
    settings: dict[str, tuple[Any, str]] = {}
    for variable, (name, read) in _VARIABLES.items():
        text = environ.get(variable)
        if text and name not in settings:
            try:
                settings[name] = read(text), variable
                continue
            except OSError as error:
                # Not the path, for it may be a header that was set in the wrong variable.
                problem = f"the file cannot be read: {error.strerror}"
            except ValueError as error:
                problem = str(error)
            # Not within the handler, so that the first error, which shows the path, is not the context of this one.
            raise ApiValueError(f"{variable}: {problem}")
    return settings


def read_host(text: str) -> str:
    """Return the url of a host, which may have been given without its scheme.

    Raises:
        ApiValueError: the scheme is malformed. The message does not show the text, which may contain a password.
    """
    if "://" in text:
        return text
    if re.match(r"https?(:|/)", text, re.IGNORECASE):
        raise ApiValueError("must begin with http:// or https://, or have no scheme")
    return f"http://{text}"


def read_headers(text: str) -> dict[str, str]:
    """Return the headers in lines of the form ``Name: value``. Blank lines are ignored.

    Raises:
        ValueError: a line has another form, or is no valid header. The message names the line, but does not show it.
    """
    headers = Headers()
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            name, colon, value = line.partition(":")
            if not colon:
                raise ValueError(f"line {number} does not have the form 'Name: value'")
            try:
                headers[name.strip()] = value.strip()
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from None
    return dict(headers)


def read_log_level(text: str) -> str:
    """Return the name of a log level in lower case.

    Raises:
        ValueError: there is no such level.
    """
    if text.lower() not in LOG_LEVELS:
        raise ValueError(f"{text!r} is not one of {', '.join(LOG_LEVELS)}")
    return text.lower()


def _read_header_file(path: str) -> dict[str, str]:
    with open(path, encoding="utf-8") as file:
        return read_headers(file.read())


_VARIABLES: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "TRACKING_CLIENT_HOST": ("host", read_host),
    "ATLAS_TRACKING_API": ("host", read_host),
    "TRACKING_CLIENT_TIMEOUT": ("timeout", read_seconds),
    "TRACKING_CLIENT_RETRY_FOR": ("retry_for", read_duration),
    "TRACKING_CLIENT_CA_CERT": ("ssl_ca_cert", str),
    "TRACKING_CLIENT_HEADER": ("headers", read_headers),
    "TRACKING_CLIENT_HEADER_FILE": ("headers", _read_header_file),
    "TRACKING_CLIENT_LOG": ("log", read_log_level),
}
"""By variable: the name of a setting, and the function that reads it. The first variable that is set counts."""
