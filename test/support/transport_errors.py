"""Errors that the transport raises."""

from __future__ import annotations

from typing import Any

_NAMESPACE: dict[str, Any] = {"__name__": "http.client"}
exec("def raise_in_transport(error): raise error", _NAMESPACE)

raise_in_transport = _NAMESPACE["raise_in_transport"]
"""Raises an error as a module of the transport does. An error that other code raises is not the transport's."""
