"""What a call with ``async_req=True`` returns."""

from __future__ import annotations

import asyncio
import multiprocessing
from multiprocessing.pool import AsyncResult

import pytest
from clients import api_for
from scripted_server import refused_host, respond, scripted_server, stall

from tracking_client import ApiConnectionError, FileApi


@pytest.fixture
def started():
    with scripted_server(respond()) as server, api_for(server.host).api_client as api_client:
        yield FileApi(api_client).files_md5sum_get("a", async_req=True)


def test_it_is_that_of_a_pool(started):
    assert isinstance(started, AsyncResult)
    started.wait(60)
    assert started.ready()
    assert started.successful()
    assert started.get() == started.get(1)


def test_it_waits_no_longer_than_it_is_told():
    with scripted_server(stall) as server, api_for(server.host).api_client as api_client:
        started = FileApi(api_client).files_md5sum_get("a", async_req=True, _request_timeout=1)
        with pytest.raises(multiprocessing.TimeoutError):
            started.get(0.01)
        started.wait(0.01)
        assert not started.ready()
        with pytest.raises(ValueError, match="not ready"):
            started.successful()


def test_its_error_has_a_short_traceback():
    with api_for(refused_host(), retries=0).api_client as api_client:
        started = FileApi(api_client).files_md5sum_get("a", async_req=True)
        for _ in range(2):
            with pytest.raises(ApiConnectionError) as caught:
                started.get(60)
            assert len(caught.traceback) == 2
            assert isinstance(caught.value.__cause__.__cause__, ConnectionRefusedError)
        assert not started.successful()


def test_await_says_what_to_do(started):
    async def wait():
        await started

    with pytest.raises(TypeError, match=r"cannot be awaited: .*asyncio\.to_thread"):
        asyncio.run(wait())
    assert started.get(60).md5sum == "a"


def test_to_thread_is_what_to_do():
    with scripted_server(respond()) as server, api_for(server.host).api_client as api_client:
        file = asyncio.run(asyncio.to_thread(FileApi(api_client).files_md5sum_get, "a"))
    assert file.md5sum == "a"
