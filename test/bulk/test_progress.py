"""The bar of a run: a line on a terminal, a widget in a notebook, and silent elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from processes import COMMAND, read_terminal
from scripted_server import http_response, requested_file, respond, scripted_server

from tracking_client import ApiClient, ApiTypeError
from tracking_client.bulk import look_up

SCRIPT = """
import sys, tracking_client
from tracking_client.bulk import iter_look_up, look_up
with tracking_client.ApiClient(tracking_client.Configuration(host=sys.argv[1])) as api_client:
    names = [f"{number:032x}" for number in range(40)]
    for function, items in ((look_up, names), (iter_look_up, iter(names))):
        print(len(list(function(api_client, items, progress=True))))
"""

RED = b"\x1b[31m"


@pytest.fixture
def command():
    pytest.importorskip("tqdm", reason="the extra progress is not installed")
    with scripted_server(respond()) as server:
        yield [sys.executable, "-W", "error", "-c", SCRIPT, server.host]


def test_bar_is_silent_in_a_pipe(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "40\n40\n", "")


def shown_on_terminal(command: list[str], printed: str = "40\n40\n") -> bytes:
    """Return what a script shows on a terminal of 200 columns. Its standard output is a pipe."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 200, 0, 0))
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True)
    os.close(theirs)
    shown = read_terminal(ours)
    assert process.communicate(timeout=60)[0] == printed
    return shown


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals")
def test_bar_is_shown_on_a_terminal(command):
    shown = shown_on_terminal(command)
    assert shown.count(b"40/40") >= 2, "the number of items of a generator is known at its end"
    assert b"tracked=40" in shown
    assert b"looking up: " in shown
    assert RED not in shown


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals")
def test_bar_is_red_if_items_failed(command):
    command[-2] = command[-2].replace("range(40)]", 'range(39)] + ["nan"]')
    shown = shown_on_terminal(command)
    assert RED in shown
    assert b"tracked=39" in shown
    assert b"failed=1" in shown


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals")
def test_bar_of_a_registration_counts_each_status(api_client):
    pytest.importorskip("tqdm", reason="the extra progress is not installed")
    script = """
import sys, tracking_client
from tracking_client.bulk import register
files = [tracking_client.File(f"{number:032x}", f"{number}.vcf", "vcf") for number in range(40)]
with tracking_client.ApiClient(tracking_client.Configuration(host=sys.argv[1])) as api_client:
    for _ in range(2):
        print(len(register(api_client, files, isolate_id="isolate 1", create=True, progress=True)))
"""
    shown = shown_on_terminal([sys.executable, "-c", script, api_client.configuration.host])
    assert b"created=40" in shown
    assert b"existing=40" in shown


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals")
def test_bar_tells_the_bytes_that_are_hashed(tracking_service, tmp_path, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    pytest.importorskip("tqdm", reason="the extra progress is not installed")
    for name in ("a.vcf", "b.vcf"):
        with open(tmp_path / name, "wb") as file:
            file.truncate(150_000_000)
    command = [*COMMAND, "known", "--only", "tracked", "--no-header"]
    shown = shown_on_terminal([*command, str(tmp_path)], "")
    assert re.search(rb"\b0(/2| files) \[[^\r]*hashed=", shown), "it grows while a file is hashed"
    assert b"untracked=2, hashed=300MB" in shown
    assert b"hashed" not in shown_on_terminal([*command, "--md5", "0" * 32], "")


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals")
def test_bar_tells_an_outage():
    pytest.importorskip("tqdm", reason="the extra progress is not installed")
    probes = []

    def action(connection):
        while request := connection.request():
            is_down = len(server.requests) >= 20 and len(probes) < 6
            if is_down and b"/" + b"0" * 32 in request:
                probes.append(request)
            connection.send(http_response(b"", "503 x") if is_down else http_response(requested_file(request)))

    with scripted_server(action) as server:
        shown = shown_on_terminal([sys.executable, "-c", SCRIPT, server.host])
    assert b", the service is not available, waiting" in shown
    assert b"40/40" in shown


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals")
def test_bar_of_a_run_that_an_outage_ended_does_not_tell_it_any_more():
    pytest.importorskip("tqdm", reason="the extra progress is not installed")
    script = """
import sys, tracking_client
from tracking_client.bulk import look_up
configuration = tracking_client.Configuration(host=sys.argv[1])
configuration.retries = 0
with tracking_client.ApiClient(configuration) as api_client:
    try:
        look_up(api_client, [f"{number:032x}" for number in range(40)], progress=True, patience=1, max_workers=1)
    except tracking_client.exceptions.ServiceUnavailableError:
        print("ended")
"""

    def action(connection):
        while request := connection.request():
            is_down = len(server.requests) > 20
            connection.send(http_response(b"", "503 x") if is_down else http_response(requested_file(request)))

    with scripted_server(action) as server:
        shown = shown_on_terminal([sys.executable, "-c", script, server.host], "ended\n")
    *before, last = re.split(rb"[\r\n]+", shown.strip())
    assert b"not available" in b"".join(before)
    assert b"not available" not in last
    assert b"tracked=" in last


REGISTRATION = """
import sys, tracking_client
from tracking_client.bulk import Entry, overview, register
with tracking_client.ApiClient(tracking_client.Configuration(host=sys.argv[1])) as api_client:
    entries = [Entry(md5sum=f"{number:032x}", name="a.vcf", isolate_id="i") for number in range(3)]
    print(register(api_client, entries, create=True, progress=True))
    print(overview(api_client, "i", progress=True))
"""
PRINTED = "<Results: 3 created>\n<Overview: 1 sample>\n"


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals")
def test_bar_tells_what_is_done_and_what_is_counted(tracking_service):
    pytest.importorskip("tqdm", reason="the extra progress is not installed")
    shown = shown_on_terminal([sys.executable, "-c", REGISTRATION, tracking_service.host], PRINTED)
    for text in (b"checking: 100%", b"registering: 100%", b" files/s", b"reading 1 sample: 100%", b" calls/s"):
        assert text in shown
    assert b"samples/s" not in shown
    assert b"created=3" in shown


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals")
def test_step_between_that_takes_long_has_a_bar(tracking_service):
    pytest.importorskip("tqdm", reason="the extra progress is not installed")
    tracking_service.delay("POST /samples", 2)
    shown = shown_on_terminal([sys.executable, "-c", REGISTRATION, tracking_service.host], PRINTED)
    assert b"creating: 100%" in shown
    assert b" samples/s" in shown or b"s/ samples" in shown


def messages_of_notebook(preamble: str) -> list[dict]:
    """Return the messages of a kernel that runs the script, and what it prints."""
    for name in ("tqdm", "ipykernel", "ipywidgets"):
        pytest.importorskip(name, reason=f"{name} is not installed")
    from jupyter_client.manager import start_new_kernel

    messages = []
    with scripted_server(respond()) as server:
        manager, client = start_new_kernel(startup_timeout=120)
        try:
            script = f"import sys; sys.argv[1:] = [{server.host!r}]\n{preamble}\n{SCRIPT}"
            reply = client.execute_interactive(script, timeout=120, output_hook=messages.append)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
    assert reply["content"]["status"] == "ok", reply["content"]
    return messages


def printed(messages: list[dict], stream: str) -> str:
    contents = [message["content"] for message in messages if message["msg_type"] == "stream"]
    return "".join(content["text"] for content in contents if content["name"] == stream)


def states_of(messages: list[dict], key: str) -> dict[str, list]:
    """Return the values that a property of each widget has had, by widget."""
    values = {}
    for message in messages:
        state = message["content"].get("data", {}).get("state", {})
        if message["msg_type"] in ("comm_open", "comm_msg") and key in state:
            values.setdefault(message["content"]["comm_id"], []).append(state[key])
    return values


def test_bar_is_a_widget_in_a_notebook():
    messages = messages_of_notebook("")
    shown = [message["content"]["data"] for message in messages if message["msg_type"] == "display_data"]
    assert len(shown) == 2
    assert all("application/vnd.jupyter.widget-view+json" in data for data in shown)
    assert (printed(messages, "stdout"), printed(messages, "stderr")) == ("40\n40\n", "")
    known, unknown = states_of(messages, "max").values()
    assert (known, unknown[-1]) == ([40], 40)
    assert [None, "100%"] in states_of(messages, "width").values(), "the bar of the known number is as wide as the cell"
    narrow = [values for values in states_of(messages, "width").values() if "20px" in values]
    assert [values[-1] for values in narrow] == [None], "only the bar of the generator, and not at its end"


def test_bar_is_a_line_in_a_notebook_without_widgets():
    preamble = "import warnings; warnings.simplefilter('error'); sys.modules['ipywidgets'] = None"
    messages = messages_of_notebook(preamble)
    assert printed(messages, "stdout") == "40\n40\n"
    assert printed(messages, "stderr").count("40/40") >= 2
    assert "Warning" not in printed(messages, "stderr")


def test_without_tqdm_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with pytest.raises(ApiTypeError, match=r"pip install tqdm ipywidgets"):
        look_up(ApiClient(), [], progress=True)
