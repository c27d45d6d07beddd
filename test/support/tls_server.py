"""Scripted servers that use TLS, with certificates issued by a test certificate authority (CA)."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator

import trustme
from scripted_server import Action, Connection, ScriptedServer, respond, scripted_server


def ca_pem(ca: trustme.CA) -> str:
    """Return the certificate of a CA as PEM text, as `Configuration.ssl_ca_cert` accepts it."""
    return ca.cert_pem.bytes().decode()


def server_context(ca: trustme.CA, *names: str) -> ssl.SSLContext:
    """Return the TLS settings of a server.

    Args:
        ca: The CA that issues the server's certificate.
        names: The host names or IP addresses in the certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(*names).configure_cert(context)
    return context


def over_tls(context: ssl.SSLContext, action: Action) -> Action:
    """Return an action that runs another action over TLS."""

    def serve(connection: Connection) -> None:
        with context.wrap_socket(connection.socket, server_side=True) as tls_socket:
            connection.socket = tls_socket
            # The TLS socket takes over the connection, so the server has to shut down this one when it closes.
            connection.server._accepted.append(tls_socket)
            action(connection)

    return serve


def https_host(server: ScriptedServer, name: str = "localhost") -> str:
    """Return the base URL of a server that uses TLS.

    Args:
        server: The server.
        name: The host name or IP address in the URL.
    """
    return server.host.replace("http://127.0.0.1", f"https://{name}")


@contextlib.contextmanager
def tls_server(
    ca: trustme.CA, *names: str, client_ca: trustme.CA | None = None
) -> Iterator[tuple[str, ScriptedServer]]:
    """Run a TLS server that responds to every request with the same file.

    Args:
        ca: The CA that issues the server's certificate.
        names: The host names or IP addresses in the certificate.
        client_ca: The CA that has to have issued the client's certificate. By default none is required.

    Yields:
        The base URL, whose host name is localhost, and the server.
    """
    context = server_context(ca, *names)
    if client_ca is not None:
        client_ca.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    with scripted_server(over_tls(context, respond())) as server:
        yield https_host(server), server
