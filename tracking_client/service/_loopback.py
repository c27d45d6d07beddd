"""Protection from DNS rebinding: a service on a loopback address serves only requests to loopback hosts.

Otherwise any web page could use the service: a browser that resolves the name of the page's server once more, now to
127.0.0.1, takes the service for that server. It still sends the name of the page's server in the header Host.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from ._logging import logger, printable
from ._operations.responses import Problem, status_line
from ._wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(:[0-9]*)?", re.ASCII)

_DETAIL = (
    "The Host header is not a loopback host, but the service is bound to a loopback address. --any-host allows it."
)


def for_loopback_hosts(application: WSGIApplication) -> WSGIApplication:
    """Return a WSGI application that rejects requests to hosts that are not loopback hosts with status 421.

    A request without a Host header, which no browser sends, is accepted.
    """

    def guarded(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        host = environ.get("HTTP_HOST")
        if host is None or is_loopback_host(host):
            return application(environ, start_response)
        logger.debug("A request to the host %s is rejected", printable(host))
        response = Problem(421, _DETAIL).response()
        start_response(status_line(response.status), response.headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [response.body]

    return guarded


def is_loopback_host(host: str) -> bool:
    """Return whether a Host header is localhost (RFC 6761, section 6.3) or a loopback address, perhaps with a port."""
    match = _HOST.fullmatch(host)
    if not match:
        return False
    name = match[1].lower().removesuffix(".")
    return name == "localhost" or name.endswith(".localhost") or is_loopback_address(name.strip("[]"))


def is_loopback_address(address: str) -> bool:
    """Return whether a text is an IPv4 or IPv6 address of the machine itself."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
