"""TLS: which certificates are trusted and shown, and a handshake that ends with its call. Imported for https only."""

from __future__ import annotations

import os
import ssl

from .argument_errors import ApiValueError
from .configuration import Configuration
from .deadline import current_call


class _CallSocket(ssl.SSLSocket):
    """A socket whose handshake ends with the call: what went before it, such as a proxy's answer, took of its time.

    So does one within it, with a server behind a proxy that is reached by TLS: urllib3 reads for that by `recv`.
    """

    def do_handshake(self, block: bool = False) -> None:
        self._cut()
        super().do_handshake(block)

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        self._cut()
        return super().recv(buflen, flags)

    def _cut(self) -> None:
        self.settimeout(current_call.cut(self.gettimeout()))


def ssl_context(configuration: Configuration) -> ssl.SSLContext:
    """What TLS is done with.

    Raises:
        ApiValueError: a file of certificates can't be used.
    """
    authorities = configuration.ssl_ca_cert
    if authorities is None and configuration.trust_env:
        authorities = os.environ.get("SSL_CERT_FILE") or None
    try:
        if authorities is None:
            # Imported where no authorities are given only.
            import certifi

            context = ssl.create_default_context(cafile=certifi.where())
        elif "-----BEGIN" in authorities:
            context = ssl.create_default_context(cadata=authorities)
        elif os.path.isdir(authorities):
            context = ssl.create_default_context(capath=authorities)
        else:
            context = ssl.create_default_context(cafile=authorities)
    except (OSError, ValueError) as error:
        raise ApiValueError(f"Can't use the CA certificates (`ssl_ca_cert`, or SSL_CERT_FILE): {error}") from error
    context.sslsocket_class = _CallSocket
    try:
        if configuration.cert_file:
            context.load_cert_chain(configuration.cert_file, configuration.key_file)
    except (OSError, ValueError) as error:
        raise ApiValueError(f"Can't use the client's certificate (`cert_file`, `key_file`): {error}") from error
    if not configuration.verify_ssl:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
