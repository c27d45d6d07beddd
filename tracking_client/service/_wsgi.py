"""The types of WSGI (PEP 3333), which exist for type checkers only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
else:  # `typing.get_type_hints` looks them up
    StartResponse = WSGIApplication = Any
    WSGIEnvironment = dict[str, Any]

__all__ = ["StartResponse", "WSGIApplication", "WSGIEnvironment"]
