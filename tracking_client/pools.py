"""The connections to a server, and the proxy in between."""

from __future__ import annotations

import os
import warnings
from typing import Any, Optional
from urllib.parse import urlsplit

import urllib3
from urllib3.connection import HTTPConnection
from urllib3.exceptions import InsecureRequestWarning
from urllib3.util import parse_url

from .argument_errors import ApiValueError
from .configuration import Configuration
from .connections import POOL_CLASSES
from .deadline import SocketOptions
from .headers import Headers
from .urls import DEFAULT_PORTS, url_parts

_URLLIB3_1 = not hasattr(urllib3, "BaseHTTPResponse")

_OWN_NAME: tuple[object, ...] = (None, True)


def pool_for(configuration: Configuration, origin: str) -> urllib3.HTTPConnectionPool:
    """A pool of connections to a server.

    Args:
        configuration: the settings.
        origin: scheme, name and port of the server, such as ``https://tracking.example:8443``.

    Raises:
        ApiValueError: a file of certificates can't be used, or the proxy's url is of another form.
    """
    options: dict[str, Any] = {
        "maxsize": configuration.connection_pool_maxsize or 1,
        "socket_options": SocketOptions(HTTPConnection.default_socket_options),
    }
    proxy = configuration.proxy or (environment_proxy(origin) if configuration.trust_env else None)
    if origin.startswith("https:") or (proxy or "").startswith("https:"):
        if not configuration.verify_ssl:
            warnings.warn(
                "verify_ssl is False: anyone on the way can read and change what is sent",
                InsecureRequestWarning,
                stacklevel=2,
            )
        from .tls import ssl_context

        options["ssl_context"] = ssl_context(configuration)
        if configuration.assert_hostname not in _OWN_NAME or _URLLIB3_1:
            # Then urllib3 compares the name itself; 1.26 does not tell OpenSSL of one that is an address.
            options["ssl_context"].check_hostname = False
        options["cert_reqs"] = "CERT_REQUIRED" if configuration.verify_ssl else "CERT_NONE"
    if origin.startswith("https:") and configuration.assert_hostname not in _OWN_NAME:
        options["assert_hostname"] = configuration.assert_hostname
    if proxy:
        manager = _proxy_manager(configuration, proxy, options)
        manager.pool_classes_by_scheme = POOL_CLASSES
        return manager.connection_from_url(origin)
    url = parse_url(origin)
    scheme = url.scheme or "http"
    # `http.client` looks for a port that is not told at the end of the name: there an IPv6 address has other numbers.
    return POOL_CLASSES[scheme](url.host or "", url.port or DEFAULT_PORTS[scheme], **options)


def environment_proxy(origin: str) -> Optional[str]:
    """The proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name for a server, by the standard library's rules."""
    # The whole environment is read twice, and `urllib.request` imported, where some proxy is named only.
    if not any(name.endswith("_proxy") and name != "no_proxy" for name in map(str.lower, os.environ)):
        return None
    from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

    parts = urlsplit(origin)
    proxies: dict[str, str] = getproxies_environment()
    if proxy_bypass_environment(parts.netloc, proxies):
        return None
    return proxies.get(parts.scheme)


def _proxy_manager(configuration: Configuration, proxy: str, options: dict[str, Any]) -> urllib3.ProxyManager:
    parts = url_parts(proxy if "://" in proxy else f"http://{proxy}")
    if parts is None:
        # Without the url: it may hold a password.
        raise ApiValueError("Invalid proxy: the form is http://name:port or http://user:password@name:port")
    url, _, authorization = parts
    headers = Headers(configuration.proxy_headers)
    if authorization:
        headers.setdefault("Proxy-Authorization", authorization)
    if url.startswith("https:"):
        from .tls import ssl_context

        options["proxy_ssl_context"] = ssl_context(configuration)
    return urllib3.ProxyManager(url, proxy_headers=dict(headers), **options)
