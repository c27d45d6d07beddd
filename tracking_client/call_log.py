"""What is logged of a call: a line, through `logging` and, where a configuration asks for it, to its own place."""

from __future__ import annotations

import logging
import sys

from .configuration import Configuration


def log_call(configuration: Configuration, message: str, *arguments: object) -> None:
    """Logs a line at DEBUG. `Configuration.debug` has it written whatever the levels of the loggers are.

    Args:
        configuration: where to write it, and how.
        message: the line, with ``%s`` for each argument.
        arguments: what the line tells; nothing secret.
    """
    logger = configuration.logger["package_logger"]
    logger.debug(message, *arguments)
    if not configuration.debug:
        return
    record = logger.makeRecord(logger.name, logging.DEBUG, __file__, 0, message, arguments, None)
    try:
        _write(configuration, record)
    except Exception as error:
        # The call is made, and its result must not be lost with its log.
        sys.stderr.write(f"tracking_client: a call can't be logged: {error}\n")


def _write(configuration: Configuration, record: logging.LogRecord) -> None:
    handler = configuration.logger_file_handler if configuration.logger_file else configuration.logger_stream_handler
    if handler is not None:
        handler.handle(record)
        return
    line = f"{configuration.logger_formatter.format(record)}\n"
    if configuration.logger_file:
        # Opened for each line, so that no copy of a configuration has a file to close.
        with open(configuration.logger_file, "a", encoding="utf-8") as file:
            file.write(line)
    else:
        sys.stderr.write(line)
