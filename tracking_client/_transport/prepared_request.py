"""An immutable request, as `ApiClient.call_api` passes it to the transport."""

from collections.abc import Mapping
from typing import NamedTuple

from urllib3 import Retry

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
        retries: the number of retries, or the user's own policy.
        read_body: whether to read the body of a successful response.
        created_url: for a POST, the url of what it creates, where a lost response can be looked up; None if there is
            no such url.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    timeouts: Timeouts
    retries: int | Retry
    read_body: bool = True
    created_url: str | None = None

    def __repr__(self) -> str:
        """Return a text without headers and body, which may be secret."""
        return f"<{type(self).__name__} {self.method} {self.url}>"

    @property
    def can_be_looked_up(self) -> bool:
        """Whether the outcome of the request can be found out by a look-up, so that it is safe to send it again."""
        return self.created_url is not None and self.read_body

    @property
    def is_safe(self) -> bool:
        """Whether the request only reads, so that it can be retried and redirected."""
        return self.method in SAFE_METHODS
