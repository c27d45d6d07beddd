"""The pool of connections to a server."""

from __future__ import annotations

import os
import warnings
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection
from urllib3.exceptions import InsecureRequestWarning
from urllib3.util import parse_url

from .._wire.urls import DEFAULT_PORTS
from ..argument_errors import ApiValueError
from ..configuration import Configuration
from .connections import POOL_CLASSES, SocketOptions

_HOST_OF_URL: tuple[object, ...] = (None, True)
"""The values of `Configuration.assert_hostname` that mean the host name of the url."""


def open_pool(configuration: Configuration, origin: str) -> urllib3.HTTPConnectionPool:
    """Return a new pool of connections to a server.

    Args:
        configuration: the settings.
        origin: scheme, host name and port of the server, such as ``https://tracking.example:8443``.

    Raises:
        ApiValueError: a file of certificates or the url of the proxy cannot be used; or a mock of urllib3 would be
            bypassed.
    """
    _reject_mocks()
    options: dict[str, Any] = {
        "maxsize": configuration.connection_pool_maxsize or 1,
        "socket_options": SocketOptions(HTTPConnection.default_socket_options),
    }
    proxy, route = None, None
    if configuration.proxy or (configuration.trust_env and _environment_names_a_proxy()):
        from .proxies import proxy_manager, select_proxy

        proxy, route = select_proxy(configuration, origin)
    if origin.startswith("https:") or (proxy or "").startswith("https:"):
        options.update(_tls_options(configuration))
    if origin.startswith("https:") and configuration.assert_hostname not in _HOST_OF_URL:
        options["assert_hostname"] = configuration.assert_hostname
    pool: Any
    if proxy:
        pool = proxy_manager(configuration, proxy, **options).connection_from_url(origin)
    else:
        url = parse_url(origin)
        scheme = url.scheme or "http"
        # With no port, `http.client` would take the last group of an IPv6 address for one.
        pool = POOL_CLASSES[scheme](url.host or "", url.port or DEFAULT_PORTS[scheme], **options)
    pool.route = route
    return pool  # type: ignore[no-any-return]


def _reject_mocks() -> None:
    """Raise an `ApiValueError` if `urllib3.PoolManager`, or a method of it that sends requests, is a mock.

    A generated client sends through it. This client does not, so that it would send real requests.
    """
    manager: Any = urllib3.PoolManager
    for each in (manager, getattr(manager, "request", None), getattr(manager, "urlopen", None)):
        # A library for tracing wraps a function, and its module stays urllib3's.
        if not str(getattr(each, "__module__", "")).startswith("urllib3") or hasattr(each, "mock"):
            raise ApiValueError(
                "urllib3.PoolManager is replaced, by a mock perhaps, but this client does not use it. Replace "
                "`RESTClientObject.request` or `ApiClient.call_api` instead, or record responses with vcrpy"
            )


def _environment_names_a_proxy() -> bool:
    """Return whether it may name one. Where it does not, as on most servers, this saves the import of what reads it."""
    names = "\n".join(os.environ).lower()
    return names.count("_proxy") > names.count("no_proxy")


def _tls_options(configuration: Configuration) -> dict[str, Any]:
    if not configuration.verify_ssl:
        warnings.warn(
            "verify_ssl is False: anyone on the network can read and change what is sent",
            InsecureRequestWarning,
            stacklevel=3,
        )
    from .tls import ssl_context

    context = ssl_context(configuration)
    cert_reqs = "CERT_REQUIRED" if configuration.verify_ssl else "CERT_NONE"
    if configuration.assert_hostname not in _HOST_OF_URL:
        # Then urllib3 compares the name.
        context.check_hostname = False
    return {"ssl_context": context, "cert_reqs": cert_reqs}
