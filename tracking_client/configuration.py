"""The settings of a client: inert data. Making, changing or copying one has no effect outside itself."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable, ClassVar, Optional, Union

from urllib3 import Timeout

from .argument_errors import ApiAttributeError, ApiValueError
from .urls import DEFAULT_HOST, basic_authorization
from .version import API_VERSION, __version__

if TYPE_CHECKING:
    from urllib3 import Retry

Seconds = Union[int, float]
RequestTimeout = Union[Seconds, tuple[Optional[Seconds], Optional[Seconds]], Timeout]

_IDLE_CONNECTIONS = (os.cpu_count() or 1) * 5
_LOGGERS = {"package_logger": logging.getLogger("tracking_client"), "urllib3_logger": logging.getLogger("urllib3")}


def _copy_of(configuration: Configuration) -> Configuration:
    # Imported where there is a default: most programs set none.
    from copy import deepcopy

    return deepcopy(configuration)


class Configuration:
    """The settings of an `ApiClient`.

    Args:
        host: the url that the API's paths are relative to, http or https. A slash at its end does no harm.
        api_key: API keys by the name of their security scheme. This API asks for none.
        api_key_prefix: prefixes, such as ``Bearer``, by the name of their security scheme.
        username: user name for HTTP basic authentication, used by `get_basic_auth_token`.
        password: password for HTTP basic authentication, used by `get_basic_auth_token`.
        discard_unknown_keys: kept for code that sets it; keys that this version does not know are always passed over.

    Attributes:
        refresh_api_key_hook: a function that is called with this object before an API key is read; None for none.
        timeout: seconds that a call may take, unless its own ``_request_timeout`` says otherwise: a number for the
            whole call, with its repetitions and waits; a pair ``(connect, read)``, which limits each step but not the
            whole; or a `urllib3.Timeout`, whose ``total`` is for the whole call. By default 10 to connect, 60 between
            two parts of an answer, 300 in all. None for no limit.
        retries: how often a request that may be repeated is, an int, 0 for never; or a `urllib3.Retry`; None for 3
            times, with waits that double from at most 0.5 seconds on.
        trust_env: whether HTTP_PROXY, HTTPS_PROXY and NO_PROXY (unless `proxy` is set) and SSL_CERT_FILE (unless
            `ssl_ca_cert` is) of the environment are heeded.
        verify_ssl: whether the server's certificate is checked.
        ssl_ca_cert: the CA certificates to trust: path of a file (PEM) or a directory of them, or the text itself
            (PEM); None for those of ``certifi``.
        cert_file: path of the client's certificate (PEM); None for none.
        key_file: path of the client certificate's key (PEM); None where `cert_file` holds it.
        assert_hostname: the host name to look for in the server's certificate, or False to take any; None or True for
            the host's own.
        proxy: url of a proxy, http or https; a user name and password in it are sent to it. None for that of the
            environment, if there is one.
        proxy_headers: headers for the proxy, such as ``Proxy-Authorization``; None for none.
        connection_pool_maxsize: how many idle connections are kept; None for 1.
        safe_chars_for_path_param: characters that a path parameter may hold without being percent-encoded.
        client_side_validation: whether parameters are checked against the API's schema before a request is sent.
        debug: whether each call is written to `logger_file`, or to standard error where there is none. What goes
            through the ``logging`` module, under the name ``tracking_client``, does not depend on it.
        logger: the loggers of this package and of urllib3, to set levels on.
        logger_file: path of the file that `debug` appends to; None for standard error.
        logger_file_handler: a handler to use in place of that file; None for none.
        logger_stream_handler: a handler to use in place of standard error; None for none.
        logger_format: the format of what `debug` writes.
    """

    __slots__ = (
        "api_key",
        "api_key_prefix",
        "assert_hostname",
        "cert_file",
        "client_side_validation",
        "connection_pool_maxsize",
        "debug",
        "discard_unknown_keys",
        "host",
        "key_file",
        "logger",
        "logger_file",
        "logger_file_handler",
        "logger_format",
        "logger_stream_handler",
        "password",
        "proxy",
        "proxy_headers",
        "refresh_api_key_hook",
        "retries",
        "safe_chars_for_path_param",
        "ssl_ca_cert",
        "timeout",
        "trust_env",
        "username",
        "verify_ssl",
    )

    _default: ClassVar[Optional[Configuration]] = None

    def __init__(
        self,
        host: str = DEFAULT_HOST,
        api_key: Optional[dict[str, str]] = None,
        api_key_prefix: Optional[dict[str, str]] = None,
        username: Optional[str] = None,
        password: Optional[str] = None,
        discard_unknown_keys: bool = False,
    ) -> None:
        self.host = host
        self.api_key = api_key or {}
        self.api_key_prefix = api_key_prefix or {}
        self.refresh_api_key_hook: Optional[Callable[[Configuration], None]] = None
        self.username = username
        self.password = password
        self.discard_unknown_keys = discard_unknown_keys

        self.timeout: Optional[RequestTimeout] = Timeout(connect=10, read=60, total=300)
        self.retries: Union[int, Retry, None] = None

        self.verify_ssl = True
        self.ssl_ca_cert: Optional[str] = None
        self.cert_file: Optional[str] = None
        self.key_file: Optional[str] = None
        self.assert_hostname: Union[str, bool, None] = None

        self.trust_env = True
        self.proxy: Optional[str] = None
        self.proxy_headers: Optional[Mapping[str, str]] = None
        self.connection_pool_maxsize: Optional[int] = _IDLE_CONNECTIONS

        self.safe_chars_for_path_param = ""
        self.client_side_validation = True

        self.debug = False
        self.logger = dict(_LOGGERS)
        self.logger_file: Optional[str] = None
        self.logger_file_handler: Optional[logging.Handler] = None
        self.logger_format = "%(asctime)s %(levelname)s %(message)s"
        self.logger_stream_handler: Optional[logging.Handler] = None

    if not TYPE_CHECKING:  # where mypy is to see the slip itself

        def __setattr__(self, name: str, value: Any) -> None:
            try:
                object.__setattr__(self, name, value)
            except AttributeError:
                from difflib import get_close_matches  # for the error only

                near = get_close_matches(name, Configuration.__slots__, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise ApiAttributeError(f"Configuration has no attribute {name!r}{hint}") from None

    def __getstate__(self) -> dict[str, Any]:
        state = {name: getattr(self, name) for name in Configuration.__slots__}
        # A handler holds a lock and an open stream, which can't be copied.
        return {**state, "logger_file_handler": None, "logger_stream_handler": None, **getattr(self, "__dict__", {})}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)

    @property
    def logger_formatter(self) -> logging.Formatter:
        """The formatter made from `logger_format`."""
        return logging.Formatter(self.logger_format)

    @classmethod
    def set_default(cls, default: Optional[Configuration]) -> None:
        """Makes a copy of a configuration the one that clients use which are made without; None undoes that."""
        cls._default = None if default is None else _copy_of(default)

    @classmethod
    def get_default_copy(cls) -> Configuration:
        """A copy of the configuration handed to `set_default`, or a new one."""
        return Configuration() if cls._default is None else _copy_of(cls._default)

    def get_api_key_with_prefix(self, identifier: str) -> Optional[str]:
        """The API key of a security scheme, with its prefix if it has one; None if there is no such key."""
        if self.refresh_api_key_hook is not None:
            self.refresh_api_key_hook(self)
        key = self.api_key.get(identifier)
        if not key:
            return None
        prefix = self.api_key_prefix.get(identifier)
        return f"{prefix} {key}" if prefix else key

    def get_basic_auth_token(self) -> str:
        """The value of an ``Authorization`` header for `username` and `password` (RFC 7617, in UTF-8).

        >>> ApiClient(configuration, header_name="Authorization", header_value=configuration.get_basic_auth_token())
        """
        return basic_authorization(self.username or "", self.password or "")

    def auth_settings(self) -> dict[str, dict[str, str]]:
        """The security schemes of the API: it has none."""
        return {}

    def to_debug_report(self) -> str:
        """The facts that a report of a defect should hold: system, Python and versions."""
        return (
            "Python SDK Debug Report:\n"
            f"OS: {sys.platform}\n"
            f"Python Version: {sys.version}\n"
            f"Version of the API: {API_VERSION}\n"
            f"SDK Package Version: {__version__}"
        )

    def get_host_settings(self) -> list[dict[str, Any]]:
        """The servers that the API's document names, each a dict with ``url`` and ``description``."""
        return [{"url": DEFAULT_HOST, "description": "The service's name within a cluster"}]

    def get_host_from_settings(self, index: int, variables: Optional[Mapping[str, str]] = None) -> str:
        """The url of a server of `get_host_settings`.

        Args:
            index: which one, from 0.
            variables: values for variables in the url; the API's servers have none.

        Raises:
            ApiValueError: there is no such server.
        """
        servers = self.get_host_settings()
        if not 0 <= index < len(servers):
            raise ApiValueError(
                f"Invalid index {index} when selecting the host settings. Must be less than {len(servers)}"
            )
        url: str = servers[index]["url"]
        return url
