"""The pytest plugin. pytest loads it in every run, so it imports the service only when a test uses the fixture."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from .. import testing

__all__ = ["tracking_service"]


@pytest.fixture
def tracking_service(monkeypatch: pytest.MonkeyPatch) -> Iterator[testing.TrackingServiceFixture]:
    """Run a tracking service without data for this test, which can be made to fail.

    TRACKING_CLIENT_HOST and ATLAS_TRACKING_API are set to its URL, also for the processes that the test starts.
    """
    try:
        from .fixture import running_fixture
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "werkzeug":
            raise
        pytest.fail("tracking_service needs Werkzeug: pip install werkzeug", pytrace=False)
    with running_fixture() as service:
        monkeypatch.setenv("TRACKING_CLIENT_HOST", service.host)
        monkeypatch.setenv("ATLAS_TRACKING_API", service.host)
        # The service is on this machine, where a proxy can't reach it.
        no_proxy = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
        if no_proxy != "*":
            for name in ("no_proxy", "NO_PROXY"):
                monkeypatch.setenv(name, f"{no_proxy},127.0.0.1".lstrip(","))
        yield service
