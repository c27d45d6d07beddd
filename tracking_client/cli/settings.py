"""The settings of the command: its options, then the environment, then defaults."""

from __future__ import annotations

import argparse
import os
from typing import Any, NamedTuple

from .._wire.environment import environment_settings, read_headers, read_host

DEFAULT = "default"

_OPTIONS = {
    "host": "--host",
    "timeout": "--timeout",
    "retry_for": "--retry-for",
    "ssl_ca_cert": "--ca-cert",
    "headers": "--header",
    "log": "-v",
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
        ApiValueError: an environment variable has an invalid value.
    """
    settings = {name: Setting(value, DEFAULT) for name, value in _defaults().items()}
    settings.update({name: Setting(*each) for name, each in environment_settings(os.environ).items()})
    given = {
        "host": read_host(options.host) if options.host else None,
        "timeout": options.timeout,
        "retry_for": options.retry_for,
        "ssl_ca_cert": options.ca_cert,
        "headers": read_headers("\n".join(options.header)) if options.header else None,
        "log": "debug" if options.debug else {-1: "error", 0: None}.get(options.verbosity, "info"),
    }
    settings.update({name: Setting(value, _OPTIONS[name]) for name, value in given.items() if value is not None})
    return settings


def _defaults() -> dict[str, Any]:
    from ..configuration import Configuration

    configuration = Configuration()
    return {
        "host": configuration.host,
        "timeout": configuration.timeout,
        "retry_for": 0.0,
        "ssl_ca_cert": configuration.ssl_ca_cert,
        "headers": configuration.headers,
        "log": "warning",
    }
