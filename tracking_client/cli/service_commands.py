"""The commands for the service itself."""

from __future__ import annotations

import argparse

from .declarations import Command, flag, option
from .exit_codes import BAD_SETTING, DONE, FAILED, TEMPORARY

_CODES = (DONE, FAILED, TEMPORARY, BAD_SETTING)


@Command("service.run_ping", ("status", "host", "milliseconds", "client", "python", "urllib3"), codes=_CODES)
def ping(parser: argparse.ArgumentParser) -> None:
    """Tell whether the host is there, and is the tracking API.

    tracking-client ping
    tracking-client ping --host http://tracking-api-service/api/v1 --retry-for 10m
    """


@Command("service.run_config", ("setting", "value", "source"), codes=(DONE, BAD_SETTING))
def config(parser: argparse.ArgumentParser) -> None:
    """Show each setting, its value and where it comes from; secrets are masked.

    tracking-client config
    TRACKING_CLIENT_HOST=tracking:8080/api/v1 tracking-client config
    """


@Command("serve.run", codes=(DONE, FAILED), is_client=False)
def serve(parser: argparse.ArgumentParser) -> None:
    """Run a tracking service.

    tracking-client serve --database tracking.sqlite
    tracking-client serve --database trial.sqlite --port 0
    """
    option(parser, "--database", None, "SQLite file, created if it does not exist", default="tracking.sqlite")
    option(parser, "--bind", "ADDRESS", "address to listen on (127.0.0.1)", default="127.0.0.1")
    option(parser, "--port", None, "TCP port, 0 for any that is free (8080)", default=8080, type=int)
    any_host = (
        "on a loopback address, serve requests whose Host header names another host, too; any web page that is open in "
        "a browser could then send them (DNS rebinding)"
    )
    flag(parser, "--any-host", help=any_host)
    debug = "tell each request; errors are told with their traceback in any case"
    flag(parser, "--debug", help=debug, default=argparse.SUPPRESS)


@Command("demo.run", codes=_CODES)
def demo(parser: argparse.ArgumentParser) -> None:
    """Show step by step what the client does; with --host it writes to that service, else it starts one.

    tracking-client demo
    tracking-client demo --host http://tracking-api-service/api/v1
    """
