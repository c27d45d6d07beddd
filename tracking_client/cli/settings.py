"""The settings of the command: its options, then the environment, then defaults."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import Any, NamedTuple

from .._wire.environment import environment_settings, read_headers, read_host
from ..argument_errors import ApiValueError
from ..bulk._outages import PATIENCE
from ..configuration import Configuration

DEFAULT = "default"

_OPTIONS = {
    "host": "--host",
    "timeout": "--timeout",
    "retry_for": "--retry-for",
    "ssl_ca_cert": "--ca-cert",
    "headers": "--header",
}
"""By setting: its option."""


class Setting(NamedTuple):
    """A setting.

    Attributes:
        value: its value.
        source: the option or the environment variable that it comes from, or `DEFAULT`.
    """

    value: Any
    source: str


def settings_of(options: argparse.Namespace) -> dict[str, Setting]:
    """Return the settings by name.

    Raises:
        ApiValueError: an environment variable, a host or a header has an invalid value.
    """
    configuration = Configuration()
    settings = {name: Setting(getattr(configuration, name, None), DEFAULT) for name in _OPTIONS}
    settings |= {"retry_for": Setting(PATIENCE, DEFAULT), "log": Setting("warning", DEFAULT)}
    settings.update({name: Setting(*each) for name, each in environment_settings(os.environ).items()})
    given = {name: getattr(options, option.strip("-").replace("-", "_")) for name, option in _OPTIONS.items()}
    given["headers"] = "\n".join(options.header or ())
    readers: dict[str, Callable[[str], Any]] = {"host": read_host, "headers": read_headers}
    for name, read in readers.items():
        try:
            given[name] = read(given[name]) if given[name] else None
        except ValueError as error:
            raise ApiValueError(f"{_OPTIONS[name]}: {error}") from None
    settings.update({name: Setting(value, _OPTIONS[name]) for name, value in given.items() if value is not None})
    if options.debug:
        settings["log"] = Setting("debug", "--debug")
    elif options.verbosity:
        settings["log"] = Setting("info", "-v") if options.verbosity > 0 else Setting("error", "-q")
    return settings
