"""TLS sockets that respect a call's deadline. Imported only for https.

Like `connections`, this relies on undocumented behaviour of urllib3. What it relies on, and what happens if that
changes:

- urllib3 reads TLS within TLS by ``socket.recv()``. Otherwise the handshake with a server behind a proxy that is itself
  reached over TLS would not be capped (`_DeadlineSSLSocket`).

Every override takes arguments that it does not know, and passes them on.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from .deadline import current

if TYPE_CHECKING:
    _SSLSocket = ssl.SSLSocket
else:
    # The mixin below goes before one of several classes.
    _SSLSocket = object


class _DeadlineSSLSocket(_SSLSocket):
    """A TLS socket whose handshake respects the deadline of the call."""

    def do_handshake(self, *args: Any, **kwargs: Any) -> None:
        self.settimeout(current.get().cap(self.gettimeout()))
        super().do_handshake(*args, **kwargs)

    def recv(self, *args: Any, **kwargs: Any) -> bytes:
        self.settimeout(current.get().cap(self.gettimeout()))
        return super().recv(*args, **kwargs)


def use_deadline(context: ssl.SSLContext) -> None:
    """Have the sockets of a context respect the deadline. gevent and eventlet have their own classes of sockets."""
    if not hasattr(context, "sslsocket_class"):
        return  # mocket's
    context.sslsocket_class = type("DeadlineSSLSocket", (_DeadlineSSLSocket, context.sslsocket_class), {})
