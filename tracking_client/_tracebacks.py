"""Short tracebacks: they end where the user called this library. What is below goes to the debug log.

IPython and pytest hide a frame that has the local variable `__tracebackhide__`; pytest also all those of a module that
has it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from traceback import format_exception
from typing import Any, ParamSpec, TypeVar

from .argument_errors import OpenApiException

AnyError = TypeVar("AnyError", bound=BaseException)
Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

_logger = logging.getLogger("tracking_client")


def shortened(error: AnyError, log: Callable[..., Any] = _logger.log) -> AnyError:
    """Return an error of this library, or Ctrl-C, without its traceback and those of its causes, to be raised.

    Types and messages stay. The full chain is logged first, if it tells more than the error does. An error of another
    class, such as the user's own, is returned as it is.

    Args:
        error: the error.
        log: called with the level, the format, and the text of the full chain.
    """
    is_interrupt = type(error) is KeyboardInterrupt
    if not is_interrupt and type(error).__module__.partition(".")[0] != __package__:
        return error
    if is_interrupt or error.__cause__ is not None:
        log(logging.DEBUG, "%s", "".join(format_exception(type(error), error, error.__traceback__)).rstrip())
    each: BaseException | None = error
    while each is not None and each.__traceback__ is not None:
        each.__traceback__ = None
        each = each.__cause__
    return error


def short_traceback(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Return a function whose errors are raised as `shortened` returns them.

    The methods of the API, which have to be fast, are not wrapped: `Operation` does the same for them.
    """

    @wraps(function)
    def call(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        __tracebackhide__ = True
        try:
            return function(*args, **kwargs)
        except (OpenApiException, KeyboardInterrupt) as error:
            raise shortened(error)  # noqa: B904

    return call
