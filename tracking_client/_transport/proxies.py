"""The proxy between the client and a server."""

from __future__ import annotations

import os
import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

from urllib3 import ProxyManager

from .._wire.headers import Headers
from .._wire.text import plain_text
from .._wire.urls import parse_host, url_parts
from ..argument_errors import ApiValueError
from ..configuration import Configuration
from .connections import POOL_CLASSES

_DIRECTLY = "unset it, add the server to NO_PROXY, or set `Configuration.trust_env` to False to connect directly"


def select_proxy(configuration: Configuration, origin: str) -> tuple[str | None, str | None]:
    """Return the proxy for a server, None for a direct connection; and a hint for errors, or None.

    That is the one of the configuration, or else the one that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name. As in Go,
    these never name one for a loopback address, and NO_PROXY may have addresses and networks (CIDR).

    Args:
        configuration: the settings.
        origin: scheme, host name and port of the server.

    Raises:
        ApiValueError: the url of the proxy cannot be used. The message does not show it, for it may contain a password.
    """
    if configuration.proxy:
        proxy = plain_text(configuration.proxy)
        return proxy, _hint(proxy, "Configuration.proxy", "")
    proxies: dict[str, str] = getproxies_environment()
    scheme = urlsplit(origin).scheme
    if not (scheme in proxies or "all" in proxies) or _is_direct(origin, proxies.get("no", "")):
        return None, None
    if scheme not in proxies:
        return None, f"connected directly: {_variable('all')} is not supported, only HTTP_PROXY and HTTPS_PROXY"
    return proxies[scheme], _hint(proxies[scheme], _variable(scheme), f"; {_DIRECTLY}")


def _hint(proxy: str, named_by: str, way_out: str) -> str:
    """Return the hint that names a proxy, without its password."""
    scheme, separator, _ = proxy.partition("://")
    parts = url_parts(_with_scheme(proxy))
    if parts is not None:
        return f"sent through the proxy {parts.origin} of {named_by}"
    problem = "must have the form http://name:port or http://user:password@name:port"
    # What is no scheme may be a password.
    if separator and scheme.isalnum() and scheme not in ("http", "https"):
        problem = f"{scheme}:// is not supported, only http:// and https://"
    raise ApiValueError(f"Invalid proxy in {named_by}: {problem}{way_out}")


def _with_scheme(proxy: str) -> str:
    return proxy if "://" in proxy else f"http://{proxy}"


def _variable(kind: str) -> str:
    """Return the name of a variable as it is written in the environment. In lower case, it takes precedence."""
    name = f"{kind}_proxy"
    return name if os.environ.get(name) else name.upper()


def _is_direct(origin: str, no_proxy: str) -> bool:
    parts = urlsplit(origin)
    name = parts.hostname or ""
    # As clusters write it: separated by blanks, and *.example for .example.
    entries = [entry.removeprefix("*.") for entry in re.split(r"[\s,]+", no_proxy)]
    address = _address(name)
    return (
        name == "localhost"
        or "*" in entries
        or (address is not None and (address.is_loopback or any(_contains(entry, address) for entry in entries)))
        or proxy_bypass_environment(parts.netloc, {"no": ",".join(entries)})
    )


def _address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _contains(entry: str, address: IPv4Address | IPv6Address) -> bool:
    try:
        return address in ip_network(re.sub(r"[\[\]]", "", entry), strict=False)
    except ValueError:
        return False  # a host name


def proxy_manager(configuration: Configuration, proxy: str, **options: Any) -> ProxyManager:
    """Return what makes pools of connections through a proxy.

    Args:
        configuration: the settings.
        proxy: the url of the proxy, as `select_proxy` returns it.
        options: options of the pools.
    """
    parts = parse_host(_with_scheme(proxy))
    headers = Headers(configuration.proxy_headers)
    if parts.authorization:
        headers.setdefault("Proxy-Authorization", parts.authorization)
    if parts.origin.startswith("https:"):
        from .tls import ssl_context

        options["proxy_ssl_context"] = ssl_context(configuration)
    manager = ProxyManager(parts.origin, proxy_headers=dict(headers), **options)
    manager.pool_classes_by_scheme = POOL_CLASSES
    return manager
