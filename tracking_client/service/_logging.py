"""What the service logs is never lost, and each message is one line."""

from __future__ import annotations

import logging


class _LastResort(logging.Handler):
    """Write warnings and errors to standard error if the program has not configured logging.

    `logging.lastResort` is not used where a logger has any handler, and that of the package has a `NullHandler`.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        if logging.lastResort is not None and not _is_configured(logging.getLogger(record.name)):
            logging.lastResort.handle(record)


def _is_configured(logger: logging.Logger | None) -> bool:
    """Return whether a handler of the program gets the records of a logger."""
    if logger is None:
        return False
    if any(not isinstance(handler, (logging.NullHandler, _LastResort)) for handler in logger.handlers):
        return True
    return logger.propagate and _is_configured(logger.parent)


logger = logging.getLogger(__package__)
logger.addHandler(_LastResort())


def printable(text: str) -> str:
    """Return a text with escapes in place of line breaks and other characters that are not printable."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
