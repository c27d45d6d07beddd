"""The commands ``list``, ``delete`` and ``sample``."""

from __future__ import annotations

import json
import os

import pytest
from clients import api_for
from processes import run, run_on_terminal, told

MD5SUM = "9e107d9d372bb6826bd81d3542a419d6"
FILE = {"md5sum": MD5SUM, "filename": "a.vcf", "file-type": "vcf"}

on_posix = pytest.mark.skipif(os.name != "posix", reason="no pseudo-terminals on this system")

pytestmark = pytest.mark.once


@pytest.fixture
def sample(tracking_service):
    """Return the id of the sample i1, which has a file."""
    sample = tracking_service.sample("i1")
    api_for(tracking_service.host).samples_id_files_post(sample, FILE)
    tracking_service.requests.clear()
    return sample


def writes(tracking_service) -> list[str]:
    return [str(request) for request in tracking_service.requests if request.method not in ("GET", "HEAD")]


def test_list_by_names_or_id(sample):
    by_names = run("list", "--isolate", "i1")
    assert (by_names.returncode, by_names.stderr) == (0, "")
    assert by_names.stdout == f"md5sum\tname\ttype\n{MD5SUM}\ta.vcf\tvcf\n"
    assert run("list", "--sample", sample).stdout == by_names.stdout


def test_list_of_a_sample_without_files(tracking_service):
    tracking_service.sample("i1")
    assert run("list", "--isolate", "i1", "--format", "json").stdout == "[]\n"


@on_posix
@pytest.mark.parametrize(
    ("command", "typed", "code"),
    [
        *(
            ("delete", typed, code)
            for typed, code in [(b"y\n", 0), (b"YES\n", 0), (b"n\n", 1), (b"\n", 1), (b"\x04", 1)]
        ),
        ("sample delete", b"y\n", 0),
        ("sample delete", b"n\n", 1),
    ],
)
def test_delete_asks_on_a_terminal(tracking_service, sample, typed, code, command):
    if command == "delete":
        arguments = ["delete", "--sample", sample, MD5SUM]
    else:
        sample = tracking_service.sample("i2")
        arguments = ["sample", "delete", sample]
    done, shown = run_on_terminal(*arguments, input=typed)
    assert done == code, shown
    assert b"[y/N]" in shown
    assert sample.encode() in shown
    assert len(writes(tracking_service)) == (code == 0)
    if code:
        assert b"nothing was deleted" in shown


def test_delete_without_a_terminal_needs_yes(tracking_service, sample):
    for arguments in (["delete", "--sample", sample, MD5SUM], ["sample", "delete", sample]):
        done = run(*arguments, input="y\n")
        assert (done.returncode, done.stdout) == (2, "")
        assert "--yes" in done.stderr
    assert tracking_service.requests == []
    done = run("delete", "--sample", sample, MD5SUM, "--yes")
    assert (done.returncode, told(done)) == (0, ["1 deleted"])
    assert done.stdout == f"status\tmd5sum\tname\ndeleted\t{MD5SUM}\t\n"


def test_delete_of_what_is_not_tracked(sample):
    done = run("delete", "--yes", "--sample", sample, "0" * 32, MD5SUM.upper())
    assert done.returncode == 3
    assert done.stdout.splitlines()[1:] == [f"untracked\t{'0' * 32}\t", f"deleted\t{MD5SUM}\t"]


def test_delete_of_what_another_sample_has_is_a_conflict(tracking_service, sample):
    other = tracking_service.sample("other")
    done = run("delete", "--yes", "--sample", other, MD5SUM)
    assert (done.returncode, done.stdout.splitlines()[1:]) == (4, [f"conflict\t{MD5SUM}\t"])
    assert run("known", "--md5", MD5SUM).returncode == 0


def test_option_for_one_value_is_given_once(tracking_service, sample):
    for arguments in (
        ["register", "--isolate", "a", "--isolate", "b", "a.vcf"],
        ["qc", "set", "--isolate", "a", "--isolate", "b", "decision=passed"],
        ["known", "--files-from", "a", "--files-from", "b"],
    ):
        done = run(*arguments)
        assert (done.returncode, done.stdout, tracking_service.requests) == (2, "", [])
        assert "given twice" in done.stderr
    host = tracking_service.host
    assert run("--host", "http://x", "--host", host, "ping", "--host", host).returncode == 0


def test_sample_that_does_not_exist_is_named(tracking_service):
    for command in ("list", "sample find", "delete --yes " + MD5SUM):
        done = run(*command.split(), "--isolate", "i7", "--experiment", "e7")
        assert (done.returncode, told(done)) == (3, ["there is no isolate 'i7', experiment 'e7'"])


def test_sample_with_files_is_not_deleted(tracking_service, sample):
    done = run("sample", "delete", "--yes", sample)
    assert (done.returncode, done.stdout) == (4, "")
    assert "has files" in done.stderr
    assert writes(tracking_service) == []


def test_sample_is_created_found_shown_and_deleted(tracking_service):
    created = run("sample", "create", "--isolate", "i9", "--experiment", "e9", "--format", "json")
    assert created.returncode == 0
    [row] = json.loads(created.stdout)
    assert (row["isolate"], row["experiment"]) == ("i9", "e9")
    for arguments in (["create", "--isolate", "i9"], ["find", "--experiment", "e9"], ["show", row["sample"]]):
        assert run("sample", *arguments, "--format", "json").stdout == created.stdout
    assert writes(tracking_service) == ["POST /samples"]
    assert run("sample", "delete", "--yes", row["sample"]).returncode == 0
    assert run("sample", "find", "--isolate", "i9").returncode == 3


@pytest.mark.parametrize("name", ["py\r", "17.0", " iso 1"])
def test_name_that_cannot_be_right_is_rejected(tracking_service, tmp_path, name):
    (tmp_path / "a.vcf").write_text("a")
    for command in (
        ("sample", "create", "--isolate", name),
        ("register", "--create", "--experiment", name, tmp_path / "a.vcf"),
    ):
        assert run(*command).returncode == 65
    assert tracking_service.requests == []
