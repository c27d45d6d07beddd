"""What the commands share: the client for their options, how long they wait, and their errors."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

from .._wire.urls import parse_host
from ..api_client import ApiClient
from ..argument_errors import ApiValueError
from ..bulk._run import call_patiently
from ..configuration import Configuration
from ..exceptions import ApiException, NotFoundException, ServiceUnavailableError
from . import exit_codes
from .errors import CommandError
from .output import Output, Row, is_terminal, printable_message
from .settings import DEFAULT, settings_of

Value = TypeVar("Value")


class Session(NamedTuple):
    """A client, and how long a command waits for what is temporarily unavailable.

    Attributes:
        api_client: the client.
        patience: for how long an outage is ridden out, in seconds; None for the default.
    """

    api_client: ApiClient
    patience: float | None

    def call(self, function: Callable[[], Value]) -> Value:
        """Call a function, and ride out an outage of the service.

        Raises:
            ApiException: the call failed.
            ServiceUnavailableError: the service cannot be used.
        """
        return call_patiently(self.api_client, function, self.patience)

    def write(self, function: Callable[[], Value]) -> Value:
        """Call a function that writes, and must not be called again once the service may have processed the write.

        Raises:
            CommandError: the outcome is unknown, or there is no such sample.
            ApiException, ServiceUnavailableError: as for `call`.
        """

        def call() -> Value:
            try:
                return function()
            except NotFoundException as error:
                raise CommandError(str(error), exit_codes.FAILED) from error
            except ApiException as error:
                if not error.outcome_unknown:
                    raise
                raise CommandError(f"{error}\nlook before trying again", exit_codes.FAILED) from error

        return self.call(call)


def writes_rows(
    function: Callable[[Session, argparse.Namespace], Iterable[Row]],
) -> Callable[[argparse.Namespace], int]:
    """Return a command that writes the rows that a function returns for the session and the options."""

    def run(options: argparse.Namespace) -> int:
        output = Output(options)
        with session_of(options) as session:
            rows = function(session, options)
        output.write(rows)
        return exit_codes.DONE

    return run


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return printable_message(super().format(record))


@contextmanager
def session_of(options: argparse.Namespace) -> Iterator[Session]:
    """Yield the session for the options and the environment.

    Raises:
        CommandError: a setting is invalid.
    """
    configuration = Configuration()
    try:
        settings = settings_of(options)
        for name in ("host", "timeout", "ssl_ca_cert", "headers"):
            setattr(configuration, name, settings[name].value)
        api_client = ApiClient(configuration)
        # Opens no connection, but reads the certificates.
        api_client.rest_client.pool(parse_host(configuration.host).origin)
    except (ApiValueError, OSError) as error:
        raise CommandError(str(error), exit_codes.BAD_SETTING) from error
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter("tracking-client: %(message)s"))
    logging.basicConfig(level=settings["log"].value.upper(), handlers=[handler])
    with api_client:
        retry_for = settings["retry_for"]
        try:
            yield Session(api_client, None if retry_for.source == DEFAULT else retry_for.value)
        except (ApiException, ServiceUnavailableError) as error:
            cause = error if isinstance(error, ApiException) else error.__cause__
            if settings["host"].source == DEFAULT and not getattr(cause, "status", None):
                message = f"{error}\nno host is set: set TRACKING_CLIENT_HOST or --host"
                raise CommandError(message, exit_codes.exit_code_of(error)) from error
            raise


def ask(question: str, yes: bool) -> None:
    """Ask a question on the terminal.

    Args:
        question: the question.
        yes: whether the answer is known to be yes.

    Raises:
        CommandError: the answer was no, or there is no terminal.
    """
    if yes:
        return
    if not is_terminal(sys.stdin):
        raise CommandError(f"{question} Without a terminal, say --yes", exit_codes.USAGE)
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CommandError("nothing was deleted", exit_codes.FAILED)


def required_sample(sample: str | None, isolate: str | None, experiment: str | None) -> None:
    """Check that a sample is given by its id or by names.

    Raises:
        CommandError: it is not, or by both.
    """
    has_names = isolate is not None or experiment is not None
    if (sample is not None) == has_names:
        raise CommandError("give --sample, or else --isolate, --experiment or both", exit_codes.USAGE)
