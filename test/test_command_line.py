"""The command ``tracking-client``, as processes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from conftest import add_sample
from scripted import answer, http, scripted
from test_service import COMMAND, serve

import tracking_client
from tracking_client.demo import DATA, md5sum


def run(*arguments: str, **options):
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=60, **options)


def test_demo():
    done = run("demo")
    assert (done.returncode, done.stderr) == (0, "")
    for shown in ("api.files_md5sum_get(", "api.samples_id_files_post(", "ConflictException: (409)", "Already existed"):
        assert shown in done.stdout
    assert done.stdout.count("NotFoundException: (404)") == 2
    assert done.stdout.endswith("# Every step came out as it should.\n")


def test_demo_on_a_service_of_ones_own(host, api_client):
    kept = add_sample(api_client)
    for _ in range(2):
        done = run("demo", "--host", host)
        assert (done.returncode, done.stderr) == (0, "")
    samples, _, _ = api_client.call_api("/samples", "GET", response_type="object")
    assert [sample["id"] for sample in samples] == [kept]


def test_demo_fails_where_a_step_does(host, api, sample_id):
    """A file of the demo's that is tracked already is found where it should not be."""
    first = sorted(DATA.iterdir())[0]
    api.samples_id_files_post(sample_id, tracking_client.File(md5sum(first), first.name, "vcf"))
    done = run("demo", "--host", host)
    assert done.returncode == 1
    assert done.stderr == (
        "tracking-client demo: the service did not answer with NotFoundException. "
        "is the demo running elsewhere, or has it been cut off here?\n"
    )
    assert "Every step" not in done.stdout


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/api/v1", "tracking-api-service"])
def test_demo_without_a_service(url):
    done = run("demo", "--host", url)
    assert done.returncode == 1
    assert done.stderr.startswith("tracking-client demo: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"id": 5}', b"<html>", b'{"id": "not a uuid"}'])
def test_demo_on_a_service_that_answers_oddly(body):
    with scripted(answer(http(body, "201 CREATED"))) as server:
        done = run("demo", "--host", server.host)
    assert done.returncode == 1
    assert done.stderr.startswith("tracking-client demo: ")
    assert "Traceback" not in done.stderr


def test_demo_files_are_what_they_say():
    import gzip

    names = [path.name for path in sorted(DATA.iterdir())]
    assert names == ["isolate.vcf", "isolate_R1.fastq.gz", "isolate_R2.fastq.gz"]
    reads = [gzip.decompress((DATA / name).read_bytes()).decode().splitlines() for name in names[1:]]
    for lines in reads:
        assert len(lines) == 480
        for name, bases, plus, qualities in zip(*(lines[start::4] for start in range(4))):
            assert name.startswith("@")
            assert plus == "+"
            assert len(bases) == len(qualities) >= 100
            assert set(bases) <= set("ACGT")
    assert [line.split()[0] for line in reads[0][::4]] == [line.split()[0] for line in reads[1][::4]]
    vcf = (DATA / "isolate.vcf").read_text().splitlines()
    assert vcf[0] == "##fileformat=VCFv4.2"
    assert len([line for line in vcf if not line.startswith("#")]) == 8


def test_serve_prints_its_url_once_it_answers(tmp_path):
    process, host = serve(tmp_path / "tracking.sqlite")
    try:
        with tracking_client.ApiClient(tracking_client.Configuration(host=host)) as api_client:
            assert add_sample(api_client)
    finally:
        process.terminate()
        process.communicate(timeout=20)


def test_serve_tells_what_is_in_the_way(tmp_path):
    done = run("serve", "--database", str(tmp_path / "no" / "directory"), "--port", "0")
    assert (done.returncode, done.stdout) == (1, "")
    assert "can't open the database" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_the_extra_the_command_says_what_to_install():
    blocked = "import sys; sys.modules['werkzeug'] = None; sys.modules['werkzeug.exceptions'] = None; "
    command = [sys.executable, "-c", blocked + COMMAND[-1], "demo"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "pip install 'tracking-client[service]'" in done.stderr


def test_usage():
    assert run("--version").stdout == f"tracking-client {tracking_client.__version__}\n"
    for arguments in ((), ("nonesuch",), ("serve", "--port", "x")):
        done = run(*arguments)
        assert done.returncode == 2
        assert "usage: tracking-client" in done.stderr
