"""The proxy between the client and a server."""

from __future__ import annotations

from typing import Any, Optional
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

from .._wire.headers import Headers
from .._wire.urls import url_parts
from ..argument_errors import ApiValueError
from ..configuration import Configuration
from .connections import DeadlineProxyManager


def environment_proxy(origin: str) -> Optional[str]:
    """Return the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name for a server, as the standard library reads them.

    Args:
        origin: scheme, host name and port of the server.
    """
    parts = urlsplit(origin)
    proxies: dict[str, str] = getproxies_environment()
    if proxy_bypass_environment(parts.netloc, proxies):
        return None
    return proxies.get(parts.scheme)


def proxy_manager(configuration: Configuration, proxy: str, **options: Any) -> DeadlineProxyManager:
    """Return what makes pools of connections through a proxy.

    Args:
        configuration: the settings.
        proxy: the url of the proxy.
        options: options of the pools.

    Raises:
        ApiValueError: the url cannot be used. The message does not show it, for it may contain a password.
    """
    parts = url_parts(proxy if "://" in proxy else f"http://{proxy}")
    if parts is None:
        raise ApiValueError("Invalid proxy: must have the form http://name:port or http://user:password@name:port")
    headers = Headers(configuration.proxy_headers)
    if parts.authorization:
        headers.setdefault("Proxy-Authorization", parts.authorization)
    if parts.origin.startswith("https:"):
        from .tls import ssl_context

        options["proxy_ssl_context"] = ssl_context(configuration)
    return DeadlineProxyManager(parts.origin, proxy_headers=dict(headers), **options)
