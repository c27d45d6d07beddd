"""The bar of a run: a line on a terminal, a widget in a notebook, and silent elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from processes import read_terminal
from scripted_server import http_response, requested_file, respond, scripted_server

from tracking_client import ApiClient, ApiTypeError
from tracking_client.bulk import look_up

SCRIPT = """
import sys, tracking_client
from tracking_client.bulk import look_up
with tracking_client.ApiClient(tracking_client.Configuration(host=sys.argv[1])) as api_client:
    names = [f"{number:032x}" for number in range(40)]
    for items in (names, iter(names)):
        print(len(list(look_up(api_client, items, progress=True))))
"""


@pytest.fixture
def command():
    pytest.importorskip("tqdm", reason="the extra progress is not installed")
    with scripted_server(respond()) as server:
        yield [sys.executable, "-W", "error", "-c", SCRIPT, server.host]


def test_bar_is_silent_in_a_pipe(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "40\n40\n", "")


def shown_on_terminal(command: list[str]) -> bytes:
    """Return what the script shows on a terminal of 200 columns."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 200, 0, 0))
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True)
    os.close(theirs)
    shown = read_terminal(ours)
    assert process.communicate(timeout=60)[0] == "40\n40\n"
    return shown


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals")
def test_bar_is_shown_on_a_terminal(command):
    assert b"40/40" in shown_on_terminal(command)


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals")
def test_bar_tells_an_outage():
    pytest.importorskip("tqdm", reason="the extra progress is not installed")
    ends = []

    def action(connection):
        while request := connection.request():
            if len(server.requests) >= 20 and not ends:
                ends.append(time.monotonic() + 3)
            is_down = ends and time.monotonic() < ends[0]
            connection.send(http_response(b"", "503 x") if is_down else http_response(requested_file(request)))

    with scripted_server(action) as server:
        shown = shown_on_terminal([sys.executable, "-c", SCRIPT, server.host])
    assert b", the service is not available, waiting" in shown
    assert b"40/40" in shown


def test_bar_is_a_widget_in_a_notebook():
    for name in ("tqdm", "ipykernel", "ipywidgets"):
        pytest.importorskip(name, reason=f"{name} is not installed")
    from jupyter_client.manager import start_new_kernel

    messages = []
    with scripted_server(respond()) as server:
        manager, client = start_new_kernel(startup_timeout=120)
        try:
            script = f"import sys; sys.argv[1:] = [{server.host!r}]\n{SCRIPT}"
            reply = client.execute_interactive(script, timeout=120, output_hook=messages.append)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
    assert reply["content"]["status"] == "ok", reply["content"]
    shown = [message["content"]["data"] for message in messages if message["msg_type"] == "display_data"]
    assert len(shown) == 2
    assert all("application/vnd.jupyter.widget-view+json" in data for data in shown)
    printed = [message["content"] for message in messages if message["msg_type"] == "stream"]
    assert {content["name"] for content in printed} == {"stdout"}
    assert "".join(content["text"] for content in printed) == "40\n40\n"


def test_without_tqdm_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with pytest.raises(ApiTypeError, match=r"pip install 'tracking-client\[progress\]'"):
        look_up(ApiClient(), [], progress=True)
