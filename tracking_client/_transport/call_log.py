"""The log of a client's calls: through `logging`, and to the place that `Configuration.debug` asks for."""

from __future__ import annotations

import logging
import sys

from ..configuration import Configuration


class CallLog:
    """Logs lines about calls: retries at INFO, everything else at DEBUG.

    Args:
        configuration: where `Configuration.debug` has the lines written, whatever the levels of the loggers are.
    """

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration

    def __call__(self, level: int, message: str, *arguments: object) -> None:
        """Log a line. Never fail the call that it is about.

        Args:
            level: the level, such as `logging.DEBUG`.
            message: the line, with ``%s`` for each argument.
            arguments: the arguments. None may be a secret.
        """
        logger = self._configuration.logger["package_logger"]
        logger.log(level, message, *arguments)
        if not self._configuration.debug:
            return
        record = logger.makeRecord(logger.name, level, __file__, 0, message, arguments, None)
        try:
            self._write(record)
        except Exception as error:
            sys.stderr.write(f"tracking_client: cannot log a call: {error}\n")

    def _write(self, record: logging.LogRecord) -> None:
        configuration = self._configuration
        handler = (
            configuration.logger_file_handler if configuration.logger_file else configuration.logger_stream_handler
        )
        if handler is not None:
            handler.handle(record)
            return
        line = f"{configuration.logger_formatter.format(record)}\n"
        if configuration.logger_file:
            # Opened for each line, so that a copied configuration has no open file.
            with open(configuration.logger_file, "a", encoding="utf-8") as file:
                file.write(line)
        else:
            sys.stderr.write(line)
