"""Mocks of `urllib3.PoolManager`. A generated client sends through one; this client would bypass the mock."""

from __future__ import annotations

from typing import Any

import urllib3

from ..argument_errors import ApiValueError


def _is_urllib3s_own(function: Any) -> bool:
    """Return whether a function is urllib3's, perhaps wrapped by a library for tracing."""
    return str(getattr(function, "__module__", "")).startswith("urllib3") and not hasattr(function, "mock")


def reject_mocks() -> None:
    """Raise an `ApiValueError` if `urllib3.PoolManager`, or a method of it that sends requests, is replaced."""
    manager: Any = urllib3.PoolManager
    senders = (getattr(manager, name, None) for name in ("request", "urlopen"))
    if not all(map(_is_urllib3s_own, (manager, *senders))):
        raise ApiValueError(
            "urllib3.PoolManager is replaced, by a mock perhaps, but this client does not use it. Replace "
            "`RESTClientObject.request` or `ApiClient.call_api` instead, or record responses with vcrpy"
        )


POOL_MANAGER, REQUEST, URLOPEN = (
    each if _is_urllib3s_own(each) else None
    for each in (urllib3.PoolManager, urllib3.PoolManager.request, urllib3.PoolManager.urlopen)
)
"""The originals; None for one that was replaced before this module was imported."""
