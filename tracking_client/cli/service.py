"""The commands for the service itself: ``ping`` and ``config``."""

from __future__ import annotations

import argparse
import platform
import time
from functools import partial
from importlib.metadata import version

from .._wire.urls import without_credentials
from ..api.file_api import FileApi
from ..bulk._look_up import tracked_file
from ..version import __version__
from . import exit_codes
from .errors import CommandError
from .output import Output, Row
from .session import Session, writes_rows
from .settings import settings_of

_ANY_MD5SUM = "0" * 32
"""Whatever the service says about this md5sum, it says it in its own way."""


@writes_rows
def run_ping(session: Session, options: argparse.Namespace) -> list[Row]:
    """Tell whether the host is there and is the tracking API."""
    start = time.monotonic()
    session.call(partial(tracked_file, FileApi(session.api_client), _ANY_MD5SUM))
    row = {
        "status": "ok",
        "host": without_credentials(session.api_client.configuration.host),
        "milliseconds": round((time.monotonic() - start) * 1000),
        "client": f"tracking_client {__version__}",
        "python": platform.python_version(),
        "urllib3": version("urllib3"),
    }
    return [row]


def run_config(options: argparse.Namespace) -> int:
    """Show each setting, its value and where it comes from."""
    try:
        settings = settings_of(options)
    except ValueError as error:
        raise CommandError(str(error), exit_codes.BAD_SETTING) from error
    rows = (
        {"setting": name, "value": _shown(name, setting.value), "source": setting.source}
        for name, setting in settings.items()
    )
    Output(options).write(rows)
    return exit_codes.DONE


def _shown(name: str, value: object) -> str:
    if name == "headers" and isinstance(value, dict):
        return ", ".join(f"{header}: ***" for header in value)
    if name == "host":
        return without_credentials(str(value))
    return "" if value is None else str(value)
