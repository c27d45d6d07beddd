"""An immutable request, as `RESTClientObject.request` passes it to the transport."""

from collections.abc import Mapping
from typing import NamedTuple

from urllib3 import Retry

from .._wire.resources import look_up_url
from .timeouts import Timeouts

SAFE_METHODS = frozenset(["GET", "HEAD", "OPTIONS"])
"""Methods that only read (RFC 9110, section 9.2.1)."""


class PreparedRequest(NamedTuple):
    """All that is needed to send a request.

    Attributes:
        method: the HTTP method.
        url: the absolute url, with the query.
        headers: the request headers by name.
        body: the request body; None for none.
        timeouts: the timeouts in seconds.
        retries: `Configuration.retries`.
        read_body: whether to read the body of a successful response.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    timeouts: Timeouts
    retries: int | Retry | None
    read_body: bool = True

    def __repr__(self) -> str:
        """Return a text without headers and body, which may be secret."""
        return f"<{type(self).__name__} {self.method} {self.url}>"

    @property
    def look_up_url(self) -> str | None:
        """The url where a write whose response was lost can be looked up; None if there is none."""
        return look_up_url(self.method, self.url, self.body) if self.read_body else None

    @property
    def is_safe(self) -> bool:
        """Whether the request only reads, so that it can be retried and redirected."""
        return self.method in SAFE_METHODS
