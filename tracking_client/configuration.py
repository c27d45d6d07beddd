"""The settings of a client. Creating, changing or copying them has no side effects."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from urllib3 import Timeout

from ._wire.text import plain_text
from ._wire.urls import DEFAULT_HOST, basic_authorization, without_credentials
from .argument_errors import ApiAttributeError, ApiValueError
from .version import API_VERSION, __version__

if TYPE_CHECKING:
    from urllib3 import Retry

Path = str | os.PathLike[str]
Seconds = int | float
RequestTimeout = Seconds | tuple[Seconds | None, Seconds | None] | Timeout

_IDLE_CONNECTIONS = max(32, (os.cpu_count() or 1) * 5)
"""Enough for 32 threads. Further connections are closed when their call ends."""

_SECRETS = frozenset(["api_key", "headers", "password", "proxy_headers"])

_LOGGERS = {"package_logger": logging.getLogger("tracking_client"), "urllib3_logger": logging.getLogger("urllib3")}


def _copy_of(configuration: Configuration) -> Configuration:
    # Imported only where there is a default configuration: most programs set none.
    from copy import deepcopy

    copied = deepcopy(configuration)
    copied.logger_file_handler = configuration.logger_file_handler
    copied.logger_stream_handler = configuration.logger_stream_handler
    return copied


def _shown(name: str, value: Any) -> str:
    """Return the repr of a setting, without what may be secret."""
    if name in _SECRETS and value:
        return "'***'"
    if name in ("host", "proxy") and isinstance(value, str):
        return repr(without_credentials(value))
    return repr(value)


class Configuration:
    """The settings of an `ApiClient`.

    Args:
        host: the http or https url to which the paths of the API are relative. A slash at its end is ignored.
        api_key: API keys by the name of their security scheme. This API needs none.
        api_key_prefix: prefixes, such as ``Bearer``, by the name of their security scheme.
        username: the user name for HTTP basic authentication, used by `get_basic_auth_token`.
        password: the password for HTTP basic authentication, used by `get_basic_auth_token`.
        discard_unknown_keys: kept for code that sets it; unknown keys in a response are always ignored.

    Attributes:
        refresh_api_key_hook: a function that is called with this object before an API key is read; None for none.
        timeout: the timeout of a call in seconds, unless the call has its own ``_request_timeout``: a number for the
            total timeout, with retries and backoff delays; a pair ``(connect, read)``, which limits each step but not
            the whole call; or a `urllib3.Timeout`, whose ``total`` is for the whole call. None for no timeout. By
            default 10 to connect, 60 between two reads of a response, and 300 in total.
        retries: the number of retries of a request that is safe to retry, 0 for none; or a `urllib3.Retry`; None for 3
            retries, with exponential backoff that begins with at most 0.5 seconds.
        trust_env: whether to use the environment's HTTP_PROXY, HTTPS_PROXY and NO_PROXY (if `proxy` is None), and its
            SSL_CERT_FILE (if `ssl_ca_cert` is None).
        verify_ssl: whether to verify the certificate of the server.
        ssl_ca_cert: the CA certificates to trust: the path of a PEM file or of a directory of them, or PEM text; None
            for those of ``certifi``.
        cert_file: the path of the client certificate (PEM); None for none.
        key_file: the path of the key of the client certificate (PEM); None if `cert_file` contains it.
        assert_hostname: the host name to expect in the server's certificate, or False to accept any; None or True for
            that of the host.
        proxy: the url of a proxy, http or https; its user name and password are sent to it. None for that of the
            environment, if there is one.
        proxy_headers: headers for the proxy, such as ``Proxy-Authorization``; None for none.
        connection_pool_maxsize: the number of idle connections that are kept open for each server; None for 1. More
            calls than that can be made at the same time; the connections beyond it are closed when their call ends.
        headers: headers that a new client sends with every request, such as ``Authorization``.
        safe_chars_for_path_param: characters of a path parameter that are not percent-encoded.
        client_side_validation: whether to validate parameters against the schema of the API before sending a request.
        debug: whether to write a line about each call to `logger_file`, or to standard error if that is None. The log
            messages of the ``logging`` module, under the name ``tracking_client``, do not depend on it.
        logger: the loggers of this package and of urllib3, to set their levels.
        logger_file: the path of the file to which `debug` appends; None for standard error.
        logger_file_handler: a handler to use instead of that file; None for none.
        logger_stream_handler: a handler to use instead of standard error; None for none.
        logger_format: the format of the lines that `debug` writes.
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
        "headers",
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

    _default: ClassVar[Configuration | None] = None

    def __init__(
        self,
        host: str = DEFAULT_HOST,
        api_key: dict[str, str] | None = None,
        api_key_prefix: dict[str, str] | None = None,
        username: str | None = None,
        password: str | None = None,
        discard_unknown_keys: bool = False,
    ) -> None:
        self.host = host
        self.api_key = api_key or {}
        self.api_key_prefix = api_key_prefix or {}
        self.refresh_api_key_hook: Callable[[Configuration], None] | None = None
        self.username = username
        self.password = password
        self.discard_unknown_keys = discard_unknown_keys

        self.timeout: RequestTimeout | None = Timeout(connect=10, read=60, total=300)
        self.retries: int | Retry | None = None

        self.verify_ssl = True
        self.ssl_ca_cert: Path | None = None
        self.cert_file: Path | None = None
        self.key_file: Path | None = None
        self.assert_hostname: str | bool | None = None

        self.trust_env = True
        self.proxy: str | None = None
        self.proxy_headers: Mapping[str, str] | None = None
        self.connection_pool_maxsize: int | None = _IDLE_CONNECTIONS

        self.headers: Mapping[str, str] = {}
        self.safe_chars_for_path_param = ""
        self.client_side_validation = True

        self.debug = False
        self.logger = dict(_LOGGERS)
        self.logger_file: Path | None = None
        self.logger_file_handler: logging.Handler | None = None
        self.logger_format = "%(asctime)s %(levelname)s %(message)s"
        self.logger_stream_handler: logging.Handler | None = None

    if not TYPE_CHECKING:  # mypy finds a misspelt attribute itself

        def __setattr__(self, name: str, value: Any) -> None:
            try:
                object.__setattr__(self, name, value)
            except AttributeError:
                from difflib import get_close_matches  # imported for the first error

                near = get_close_matches(name, Configuration.__slots__, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise ApiAttributeError(f"Configuration has no attribute {name!r}{hint}") from None

    def __getstate__(self) -> dict[str, Any]:
        state = {name: getattr(self, name) for name in Configuration.__slots__}
        # A handler has a lock and an open stream, which cannot be copied.
        return {**state, "logger_file_handler": None, "logger_stream_handler": None, **getattr(self, "__dict__", {})}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        # The state may be that of another version, which has more settings or fewer, or of a generated client.
        Configuration.__init__(self)
        for name, value in state.items():
            with suppress(AttributeError):
                setattr(self, name.removeprefix("_Configuration__"), value)

    def __repr__(self) -> str:
        """Return the host, and the other settings that differ from the defaults. Secrets are masked."""
        default = Configuration()
        settings = {name: (getattr(self, name), getattr(default, name)) for name in Configuration.__slots__}
        differing = {
            name: value for name, (value, usual) in settings.items() if name == "host" or repr(value) != repr(usual)
        }
        shown = ", ".join(f"{name}={_shown(name, value)}" for name, value in sorted(differing.items()))
        return f"{type(self).__name__}({shown})"

    @property
    def logger_formatter(self) -> logging.Formatter:
        """The formatter for `logger_format`."""
        return logging.Formatter(self.logger_format)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Configuration:
        """Return a configuration with the settings of environment variables, and defaults for all others.

        Its variables are ``TRACKING_CLIENT_HOST`` (or ``ATLAS_TRACKING_API``), a url, or a name and port without
        scheme; ``_TIMEOUT``, in seconds for a whole call; ``_CA_CERT``, a path; ``_HEADER``, lines of the form
        ``Name: value``, or ``_HEADER_FILE``, a file of such lines; and ``_LOG``, which is ``debug`` for `debug`.

        Args:
            environ: the environment variables; None for those of the process.

        Raises:
            ApiValueError: a variable has an invalid value. The message names the variable.
        """
        from ._wire.environment import environment_settings

        configuration = cls()
        for name, (value, _) in environment_settings(os.environ if environ is None else environ).items():
            if name == "log":
                configuration.debug = value == "debug"
            elif name in Configuration.__slots__:
                setattr(configuration, name, value)
        return configuration

    @classmethod
    def set_default(cls, default: Configuration | None) -> None:
        """Make a copy of a configuration the default of new clients; None restores the original default.

        The copy has the same handlers for `debug`.
        """
        cls._default = None if default is None else _copy_of(default)

    @classmethod
    def get_default_copy(cls) -> Configuration:
        """Return a copy of the default configuration, or a new configuration if none was set."""
        return Configuration() if cls._default is None else _copy_of(cls._default)

    def get_api_key_with_prefix(self, identifier: str) -> str | None:
        """Return the API key of a security scheme, with its prefix if it has one; None if there is no such key."""
        if self.refresh_api_key_hook is not None:
            self.refresh_api_key_hook(self)
        key = self.api_key.get(identifier)
        if not key:
            return None
        prefix = self.api_key_prefix.get(identifier)
        return f"{plain_text(prefix)} {plain_text(key)}" if prefix else key

    def get_basic_auth_token(self) -> str:
        """Return the ``Authorization`` header for `username` and `password` (RFC 7617, in UTF-8).

        >>> ApiClient(configuration, header_name="Authorization", header_value=configuration.get_basic_auth_token())
        """
        return basic_authorization(self.username or "", self.password or "")

    def auth_settings(self) -> dict[str, dict[str, str]]:
        """Return the security schemes of the API: there are none."""
        return {}

    def to_debug_report(self) -> str:
        """Return what a bug report should contain: the operating system and the versions."""
        return (
            "Python SDK Debug Report:\n"
            f"OS: {sys.platform}\n"
            f"Python Version: {sys.version}\n"
            f"Version of the API: {API_VERSION}\n"
            f"SDK Package Version: {__version__}"
        )

    def get_host_settings(self) -> list[dict[str, Any]]:
        """Return the servers of the OpenAPI document, each a dict with ``url`` and ``description``."""
        return [{"url": DEFAULT_HOST, "description": "The name of the service in a cluster"}]

    def get_host_from_settings(self, index: int, variables: Mapping[str, str] | None = None) -> str:
        """Return the url of a server of `get_host_settings`.

        Args:
            index: the index of the server, from 0.
            variables: values of variables in the url; no url has any.

        Raises:
            ApiValueError: there is no server with that index.
        """
        servers = self.get_host_settings()
        if not 0 <= index < len(servers):
            raise ApiValueError(
                f"Invalid index {index} when selecting the host settings. Must be less than {len(servers)}"
            )
        url: str = servers[index]["url"]
        return url
