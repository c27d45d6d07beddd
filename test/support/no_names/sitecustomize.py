"""A Python with this folder in PYTHONPATH knows no host names. It looks none up, so that no network is needed."""

import socket

_getaddrinfo = socket.getaddrinfo


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    """Return the addresses of a host that is an address itself."""
    return _getaddrinfo(host, port, family, type, proto, flags | socket.AI_NUMERICHOST)


socket.getaddrinfo = getaddrinfo
