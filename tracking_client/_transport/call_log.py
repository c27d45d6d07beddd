"""Logging of calls, by `logging` and to the output that `Configuration.debug` enables."""

from __future__ import annotations

import contextlib
import logging
import sys

from ..configuration import Configuration


class CallLog:
    """Logs lines about calls: retries at INFO, everything else at DEBUG.

    Args:
        configuration: the settings; with `debug`, each line is also written to its log file or standard error, whatever
            the log levels.
    """

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration

    def __call__(self, level: int, message: str, *arguments: object) -> None:
        """Log a line. An error in logging does not fail the call: it is reported to standard error, if that works.

        Args:
            level: the level, such as `logging.DEBUG`.
            message: the line, with ``%s`` for each argument.
            arguments: the arguments. None may be a secret.
        """
        try:
            logger = self._configuration.logger["package_logger"]
            logger.log(level, message, *arguments, stacklevel=2)
            if self._configuration.debug:
                self._write(logger.makeRecord(logger.name, level, __file__, 0, message, arguments, None))
        except Exception as error:
            with contextlib.suppress(Exception):  # it may be None, closed or a broken pipe
                sys.stderr.write(f"tracking_client: cannot log a call: {error}\n")

    def _write(self, record: logging.LogRecord) -> None:
        configuration = self._configuration
        path = configuration.logger_file
        handler = configuration.logger_file_handler if path else configuration.logger_stream_handler
        if handler is not None:
            handler.handle(record)
            return
        # Opened for each line, so that a copied configuration has no open file.
        with open(path, "a", encoding="utf-8") if path else contextlib.nullcontext(sys.stderr) as file:
            file.write(f"{configuration.logger_formatter.format(record)}\n")
