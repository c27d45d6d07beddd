"""TLS settings and sockets. Imported only for https.

Like `connections`, this relies on undocumented behaviour of urllib3. What it relies on, and what happens if that
changes:

- urllib3 reads TLS within TLS by ``socket.recv()``. Otherwise the handshake with a server behind a proxy that is itself
  reached over TLS would not be capped (`_DeadlineSSLSocket`).

Every override takes arguments that it does not know, and passes them on.
"""

from __future__ import annotations

import os
import ssl
from typing import TYPE_CHECKING, Any

from ..argument_errors import ApiValueError
from ..configuration import Configuration
from .deadline import current

if TYPE_CHECKING:
    _SSLSocket = ssl.SSLSocket
else:
    # The mixin below goes before one of several classes: gevent and eventlet have their own.
    _SSLSocket = object


class _DeadlineSSLSocket(_SSLSocket):
    """A TLS socket whose handshake respects the deadline of the call."""

    def do_handshake(self, *args: Any, **kwargs: Any) -> None:
        current.get().limit(self, self.gettimeout())
        super().do_handshake(*args, **kwargs)

    def recv(self, *args: Any, **kwargs: Any) -> bytes:
        current.get().limit(self, self.gettimeout())
        return super().recv(*args, **kwargs)


def ssl_context(configuration: Configuration) -> ssl.SSLContext:
    """Return the TLS settings of a configuration. TLS 1.2 is the oldest version that is accepted.

    Raises:
        ApiValueError: a file of certificates cannot be used.
    """
    ca_certificates = None if configuration.ssl_ca_cert is None else os.fspath(configuration.ssl_ca_cert)
    if ca_certificates is None and configuration.trust_env:
        ca_certificates = os.environ.get("SSL_CERT_FILE") or None
    try:
        if ca_certificates is None:
            # Imported only where no other CA certificates are given.
            import certifi

            ca_certificates = certifi.where()
        if "-----BEGIN" in ca_certificates:
            context = ssl.create_default_context(cadata=ca_certificates)
        elif os.path.isdir(ca_certificates):
            context = ssl.create_default_context(capath=ca_certificates)
        else:
            context = ssl.create_default_context(cafile=ca_certificates)
    except (OSError, ValueError) as error:
        shown = "PEM text" if "-----BEGIN" in (ca_certificates or "") else repr(ca_certificates)
        source = "SSL_CERT_FILE" if configuration.ssl_ca_cert is None else "`ssl_ca_cert`"
        raise ApiValueError(f"Cannot use the CA certificates of {source} ({shown}): {error}") from error
    context.sslsocket_class = type("DeadlineSSLSocket", (_DeadlineSSLSocket, context.sslsocket_class), {})
    # RFC 9110, section 4.3.4: the name of a server is its subjectAltName.
    context.hostname_checks_common_name = False
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # a system's own settings may allow older ones
    try:
        if configuration.cert_file:
            context.load_cert_chain(configuration.cert_file, configuration.key_file)
    except (OSError, ValueError) as error:
        shown = f"{configuration.cert_file!s}, {configuration.key_file!s}"
        raise ApiValueError(f"Cannot use the client certificate (`cert_file`, `key_file`: {shown}): {error}") from error
    if not configuration.verify_ssl:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
