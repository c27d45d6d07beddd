"""Which requests meet which fault."""

from __future__ import annotations

import functools
import re
import threading
from dataclasses import dataclass

from ..argument_errors import ApiTypeError, ApiValueError
from ..service._operations.responses import Response
from ..service._operations.routes import ENDPOINTS

_WILDCARD = re.compile(r"(\*|\{\w+\})")

_OPERATIONS = sorted(
    f"{method} {path}"
    for path, endpoints in ENDPOINTS.items()
    for method in (*endpoints, *(["HEAD"] if "GET" in endpoints else []))
)


@dataclass
class Fault:
    """What happens to requests that match a pattern. With neither a delay nor a response, the response is lost.

    A request with a response is not processed, unless it is processed late.

    Attributes:
        pattern: The regular expression of the requests.
        times: How many more requests it happens to; None for all.
        delay: How many seconds a request is delayed.
        response: The response to a request.
        late: How many seconds after the response a request is processed; None for not late.
    """

    pattern: re.Pattern[str]
    times: int | None
    delay: float = 0.0
    response: Response | None = None
    late: float | None = None

    def takes(self, request: str) -> bool:
        """Return whether the fault happens to a request, such as ``GET /samples``, and count it."""
        if self.times == 0 or not self.pattern.fullmatch(request):
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Faults:
    """The faults of a service. The class is thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Add a fault, whose turn comes after that of the earlier ones."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._faults.clear()

    def take(self, request: str) -> tuple[float, Fault | None]:
        """Return the sum of the delays of a request in seconds, and the other fault that happens to it, or None."""
        with self._lock:
            delay = sum(fault.delay for fault in self._faults if fault.delay and fault.takes(request))
            others = (fault for fault in self._faults if not fault.delay)
            return delay, next((fault for fault in others if fault.takes(request)), None)


def compiled(pattern: str) -> re.Pattern[str]:
    """Return the regular expression of a pattern of requests, such as ``POST /samples/*/files``.

    Raises:
        ApiTypeError: The pattern is not a str.
        ApiValueError: No operation of the service matches the pattern.
    """
    if not isinstance(pattern, str):
        raise ApiTypeError(f"Invalid type for `request` ({pattern!r}), must be str", valid_classes=(str,))
    glob = _WILDCARD.sub("*", pattern)
    if not any(_overlap(glob, _WILDCARD.sub("*", operation)) for operation in _OPERATIONS):
        raise ApiValueError(f"No operation matches {pattern!r}. The operations are: {', '.join(_OPERATIONS)}")
    expressions = {"*": ".*", "{": "[^/]+"}
    parts = _WILDCARD.split(pattern)
    return re.compile("".join(expressions.get(part[:1]) or re.escape(part) for part in parts), re.DOTALL)


@functools.lru_cache(maxsize=1024)
def _overlap(a: str, b: str) -> bool:
    """Return whether there is a text that both patterns match, in which ``*`` stands for any characters."""
    if not a or not b:
        return not (a + b).strip("*")
    if b[0] == "*":
        a, b = b, a
    if a[0] == "*":
        return _overlap(a[1:], b) or _overlap(a, b[1:])
    return a[0] == b[0] and _overlap(a[1:], b[1:])
