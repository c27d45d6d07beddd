"""Items: whatever names files becomes entries, with the text that was given."""

from __future__ import annotations

import copy
import gzip
import hashlib
import os
import pickle
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest
from clients import client_for
from scripted_server import refused_host

import tracking_client
from tracking_client import ApiTypeError, ApiValueError, File, Md5Cache
from tracking_client._disk.hashing import hash_file
from tracking_client.bulk import (
    Entry,
    iter_look_up,
    iter_register,
    look_up,
    read_manifest,
    register,
)
from tracking_client.testing.fixture import running_fixture

A, B = (hashlib.md5(text.encode()).hexdigest() for text in "ab")


@pytest.fixture
def hashed(monkeypatch):
    """Return a list of the paths of the files that are hashed."""
    paths = []

    def recorded_hash(path, *options):
        paths.append(os.path.basename(path))
        return hash_file(path, *options)

    monkeypatch.setattr("tracking_client.bulk._phases.hash_file", recorded_hash)
    return paths


def statuses(results: object) -> list[str]:
    return [result.status for result in results]


def names_of(results: object) -> list[str]:
    return [os.path.basename(result.entry.path) for result in results]


def test_folder_is_each_fastq_and_vcf_below_it_sorted(api_client, tmp_path):
    for name in (
        "b.vcf",
        "a/c.fastq.gz",
        "a/.hidden.vcf",
        "a/.snapshot/hourly/c.fastq.gz",
        "._b.vcf",
        "notes.txt",
        "a/c.fastq.gz.md5",
        "a/d/e.FQ",
        "z.g.vcf.gz",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    for item in (tmp_path, str(tmp_path)):
        for items in (item, [item], iter([item])):
            results = look_up(api_client, items)
            paths = [os.path.relpath(result.entry.path, tmp_path) for result in results]
            assert paths == ["a/c.fastq.gz", "a/d/e.FQ", "b.vcf", "z.g.vcf.gz"]
            assert [result.item for result in results] == 4 * [item]
    assert register(api_client, tmp_path, isolate_id="i", create=True).counts == {"created": 4}
    assert look_up(api_client, [tmp_path, "0" * 32]).counts == {"tracked": 4, "untracked": 1}


def test_links_to_folders_are_not_followed(api_client, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.vcf").write_text("a")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "b.vcf").write_text("b")
    os.symlink(tmp_path / "elsewhere", tmp_path / "run" / "link")
    os.symlink(tmp_path / "run", tmp_path / "run" / "loop")
    os.symlink(tmp_path / "elsewhere" / "a.vcf", tmp_path / "run" / "c.vcf")
    assert names_of(look_up(api_client, tmp_path / "run")) == ["b.vcf", "c.vcf"]


def test_folder_without_fastq_or_vcf_is_one_failed_result(api_client, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "a.bam").write_text("a")
    for function in (look_up, iter_look_up):
        (result,) = function(api_client, tmp_path / "run")
        assert (result.status, result.item) == ("failed", tmp_path / "run")
        assert "no FASTQ or VCF" in str(result.error)
    assert statuses(look_up(api_client, [tmp_path / "run", A])) == ["failed", "untracked"]


@pytest.mark.parametrize(
    ("which", "told"),
    [("run", ["failed ApiFilePermissionError None"]), ("run/below", ["a.vcf", "failed ApiFilePermissionError below"])],
)
def test_folder_that_cannot_be_read_is_one_failed_result(tmp_path, which, told):
    """In a process without the privileges of root, if this is one."""
    (tmp_path / "run" / "below").mkdir(parents=True)
    for name in ("a.vcf", "below/b.vcf"):
        (tmp_path / "run" / name).write_text(name)
    script = """
import os, sys, tracking_client
from tracking_client.bulk._items import undecided
if os.getuid() == 0:
    os.setuid(65534)
for result in undecided(sys.argv[1]):
    name = result.entry.path and os.path.basename(result.entry.path)
    print(*[result.status, type(result.error).__name__] * bool(result.status), name)
"""
    for folder in [tmp_path, *tmp_path.parents]:
        if folder.owner() == Path.home().owner() and len(folder.parts) > 2:
            folder.chmod(0o755)
    (tmp_path / which).chmod(0)
    try:
        command = [sys.executable, "-c", script, str(tmp_path / "run")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    finally:
        (tmp_path / which).chmod(0o755)
    if "Permission" in done.stderr and "tracking_client" in done.stderr.splitlines()[-1]:
        pytest.skip("the package cannot be read without the privileges of root")
    assert done.stdout.splitlines() == told, done.stderr


@pytest.mark.parametrize(
    "name", ["study.tsv", "MD5SUMS", "checksums.txt", "md5.txt", "a.vcf.md5", "study.CSV", "s.xlsx", "ena.tsv.gz"]
)
def test_path_of_a_manifest_says_read_manifest(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text(f"{A}  a.vcf\n")
    with running_fixture() as service, client_for(service.host) as api_client:
        for function in (look_up, iter_look_up, register, iter_register):
            for item, problem in ((name, "is a"), (Path(name), "is a"), (f"missing/{name}", "does not exist; a")):
                with pytest.raises(ApiValueError, match=f"{problem} manifest.* read_manifest"):
                    function(api_client, item)
        result, _ = look_up(api_client, [name, A])
        assert (result.status, type(result.error)) == ("failed", ApiValueError)
        assert "read_manifest" in str(result.error)
        assert len(service.requests) == 1


def test_folder_may_have_the_name_of_a_manifest(api_client, tmp_path):
    (tmp_path / "run.csv").mkdir()
    (tmp_path / "run.csv" / "a.vcf").write_text("a")
    assert statuses(look_up(api_client, tmp_path / "run.csv")) == ["untracked"]


def test_items_keep_the_exact_text(api_client, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.vcf").write_text("a")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "b.vcf").write_text("b")
    results = look_up(api_client, ["./a.vcf", Path("a.vcf"), "run/../a.vcf", "./run", A.upper()])
    assert [result.item for result in results] == ["./a.vcf", Path("a.vcf"), "run/../a.vcf", "./run", A.upper()]
    assert [result.entry.path for result in results] == ["./a.vcf", "a.vcf", "run/../a.vcf", "./run/b.vcf", None]
    assert [result.as_row()["path"] for result in results[:1]] == ["./a.vcf"]


def test_one_item_or_many_of_any_kind(api_client, tmp_path):
    path = tmp_path / "a.vcf"
    path.write_text("a")
    register(api_client, path, isolate_id="i", create=True)
    (tmp_path / "m.md5").write_text(f"{A}  a.vcf\n")
    manifest = read_manifest(tmp_path / "m.md5")
    result = look_up(api_client, path)[0]
    dicts = [{"md5sum": A, "filename": "a.vcf", "file-type": "vcf"}, {"md5": A}, {"path": str(path), "isolate": "i"}]
    items = [A, A.upper(), path, str(path), File(A, "a.vcf", "vcf"), Entry(md5sum=A), Entry(str(path)), result, *dicts]
    for item in items:
        for given in (item, [item], (each for each in [item])):
            assert statuses(look_up(api_client, given)) == ["tracked"], item
            assert statuses(iter_look_up(api_client, given if given is item else [item])) == ["tracked"], item
    assert statuses(look_up(api_client, manifest)) == ["tracked"]
    assert statuses(look_up(api_client, [manifest, *items])) == (len(items) + 1) * ["tracked"]
    assert statuses(look_up(api_client, [[*dicts[1:]], *items])) == (len(items) + 2) * ["tracked"]


def test_dict_without_all_fields_of_a_file_is_a_row(api_client, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for row in ({"md5sum": A}, {"md5sum": A, "filename": "a.vcf"}, {"md5sum": A, "file-type": "vcf"}):
        for given in (row, [row], [[row]], (each for each in [row])):
            (result,) = look_up(api_client, given)
            assert (result.status, result.md5sum) == ("untracked", A)
    assert [entry.name for entry in read_manifest([{"md5sum": A, "filename": "a.vcf"}])] == ["a.vcf"]


def test_tables_that_contradict_each_other_are_told_by_their_items(api_client):
    other, rows = "0" * 32, [{"md5": A, "isolate": isolate} for isolate in ("i", "j")]
    for tables in ([[rows[0]], other, [rows[1]]], iter([rows[0], other, rows[1]])):
        results = register(api_client, tables, create=True).failed
        assert [str(results[index].entry.source) for index in (0, -1)] == ["<item 1>:1", "<item 3>:1"]
        assert "is under two samples: <item 1>:1, <item 3>:1" in str(results[0].error)


def test_contradiction_of_entries_without_a_place_names_their_md5sum(api_client):
    results = register(api_client, [Entry(md5sum=A, isolate_id=isolate) for isolate in ("i", "j")], create=True)
    assert [str(result.error).endswith(f"is under two samples: {A}") for result in results] == [True, True]


def test_md5sum_of_an_entry_may_be_in_upper_case_but_must_be_one(api_client):
    results = look_up(api_client, [Entry(md5sum=A.upper()), Entry(md5sum="abc"), Entry(), File("abc", "a", "vcf")])
    assert statuses(results) == ["untracked", "failed", "failed", "failed"]
    assert results[0].md5sum == A


def test_item_that_cannot_be_used_has_its_own_error(api_client):
    for results in (look_up(api_client, ["no such"]), iter_register(api_client, ["no such"], isolate_id="i")):
        (result,) = results
        assert result.status == "failed"
        assert "neither an md5sum" in str(result.error)


def test_entry_can_be_hashed_copied_and_pickled(tmp_path):
    (tmp_path / "a.tsv").write_text(f"md5\tisolate\n{A}\ti\n")
    for entry in (Entry(md5sum=A), read_manifest(tmp_path / "a.tsv")[0]):
        for other in (copy.deepcopy(entry), pickle.loads(pickle.dumps(entry))):
            assert (other, hash(other), other.columns) == (entry, hash(entry), entry.columns)


def test_columns_of_an_entry_without_a_table_cannot_be_changed():
    with pytest.raises(TypeError):
        Entry().columns["isolate"] = "i"


def test_look_up_of_md5sums_and_paths_imports_no_reader(tmp_path):
    (tmp_path / "a.vcf").write_text("a")
    script = """
import sys, tracking_client
from tracking_client.bulk import look_up
before = set(sys.modules)
client = tracking_client.ApiClient(tracking_client.Configuration(host=sys.argv[1]))
try:
    look_up(client, [sys.argv[2], "0" * 32])
except tracking_client.ServiceUnavailableError:
    unwanted = {"csv", "sqlite3", "pandas", "multiprocessing", "tracking_client.bulk._manifests"}
    assert not unwanted & (set(sys.modules) - before), unwanted & set(sys.modules)
    sys.exit(3)
"""
    command = [sys.executable, "-c", script, refused_host(), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (3, "")


def test_nothing_is_looked_up_or_registered_for_no_items(api_client):
    for items in ([], (), iter(())):
        assert len(look_up(api_client, items)) == 0
        assert len(register(api_client, items, isolate_id="i", create=True)) == 0
    assert tracking_client.SampleApi(api_client).samples_get() == []


def test_result_is_not_hashed_again_while_its_file_is_unchanged(api_client, tmp_path, hashed):
    for name in ("a.vcf", "b.vcf"):
        (tmp_path / name).write_text(name[0])
    results = look_up(api_client, tmp_path)
    assert hashed == ["a.vcf", "b.vcf"] or hashed == ["b.vcf", "a.vcf"]
    registered = register(api_client, results.only("untracked"), isolate_id="i", create=True)
    assert registered.counts == {"created": 2}
    assert len(hashed) == 2
    assert [result.item for result in registered] == [result.item for result in results]
    assert register(api_client, (result.entry for result in registered)).counts == {"existing": 2}
    assert len(hashed) == 2
    assert register(api_client, registered, verify="content").counts == {"existing": 2}
    assert len(hashed) == 4


def test_result_whose_file_has_changed_is_hashed_again(api_client, tmp_path, hashed):
    """Of the same size, and with its time of modification set back."""
    path = tmp_path / "a.vcf"
    path.write_text("a")
    results = look_up(api_client, path)
    before = path.stat()
    path.write_text("b")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    (result,) = register(api_client, results, isolate_id="i", create=True)
    assert hashed == ["a.vcf", "a.vcf"]
    assert (result.status, result.md5sum) == ("created", B)


def test_result_whose_file_has_gone_is_failed(api_client, tmp_path):
    """Its file was on this disk, so it is not one that is elsewhere."""
    (tmp_path / "a.vcf").write_text("a")
    results = look_up(api_client, tmp_path / "a.vcf")
    (tmp_path / "a.vcf").unlink()
    (result,) = register(api_client, results, isolate_id="i", create=True)
    assert result.status == "failed"
    assert isinstance(result.error, FileNotFoundError)
    assert tracking_client.SampleApi(api_client).samples_get() == []


def test_look_up_compares_only_if_it_is_told_to(api_client, tmp_path, hashed):
    (tmp_path / "a.vcf").write_text("a")
    entry = Entry(str(tmp_path / "a.vcf"), md5sum=B)
    assert statuses(look_up(api_client, entry)) == ["untracked"]
    assert hashed == []
    (result,) = look_up(api_client, entry, verify="md5sum")
    assert (result.status, hashed) == ("failed", ["a.vcf"])
    assert B in str(result.error)


def test_content_of_compressed_files_is_verified(api_client, tmp_path):
    reads = gzip.compress(b"@read 1\nACGT\n+\nIIII\n" * 1000)
    (tmp_path / "a.fastq.gz").write_bytes(reads)
    (tmp_path / "b.fastq.gz").write_bytes(reads[:-20])
    assert register(api_client, tmp_path, isolate_id="i", create=True, dry_run=True).counts == {"would-create": 2}
    results = register(api_client, tmp_path, isolate_id="i", create=True, verify="content")
    assert statuses(results) == ["created", "failed"]
    assert "truncated" in str(results[1].error)


@pytest.mark.slow
def test_cache_keeps_md5sums_for_the_next_run(api_client, tmp_path, monkeypatch):
    (tmp_path / "a.vcf").write_text("a")
    os.utime(tmp_path / "a.vcf", (1, 1))
    cache = Md5Cache(tmp_path / "md5sums.sqlite")
    deadline = time.monotonic() + 30
    path = str(tmp_path / "a.vcf")
    while cache.get(path, os.stat(path)) is None and time.monotonic() < deadline:
        time.sleep(0.5)  # the md5sum of a file that has just been changed is not kept
        assert look_up(api_client, path, cache=cache).counts == {"untracked": 1}
    monkeypatch.setattr("tracking_client._disk.hashing._digest", None)  # nothing is read
    assert register(api_client, path, isolate_id="i", create=True, cache=cache).counts == {"created": 1}


@pytest.mark.parametrize("items", [b"a.vcf", None, 7, object(), 1.5])
def test_what_cannot_be_items_is_rejected_at_once(api_client, items):
    for function in (look_up, iter_look_up, register, iter_register):
        with pytest.raises(ApiTypeError, match="items"):
            function(api_client, items)


def test_results_that_failed_can_be_passed_on(api_client, tmp_path):
    path = tmp_path / "a.vcf"
    results = look_up(api_client, [path, "no md5sum"])
    assert results.counts == {"failed": 2}
    path.write_text("a")
    again = look_up(api_client, results.failed)
    assert statuses(again) == ["untracked", "failed"]
    assert [result.item for result in again] == [path, "no md5sum"]
    assert again[1] == results[1]


def test_problem_of_a_manifest_keeps_its_message_and_line(api_client, tmp_path):
    (tmp_path / "m.csv").write_text(f"md5,isolate\n{A},i\n{B},i,x\n")
    results = look_up(api_client, read_manifest(tmp_path / "m.csv", strict=False))
    again = register(api_client, results, create=True)
    assert statuses(again) == ["failed", "failed"]  # an md5sum has no name
    assert [result.as_row()["message"] for result in again[1:]] == [
        result.as_row()["message"] for result in results[1:]
    ]
    assert str(again[1].entry.source).endswith("m.csv:3")
    manifest = read_manifest(tmp_path / "m.csv", strict=False)
    later = look_up(api_client, [*manifest, *manifest.problems])  # an outage may leave both
    assert statuses(later) == ["untracked", "failed"]
    assert "3 values for 2 columns" in str(later[1].error)


def test_bgzip_file_without_its_end_is_registered_with_a_message(api_client, tmp_path):
    """As those of bcl2fastq."""
    extra = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0"
    deflate = zlib.compressobj(wbits=-15)
    data = deflate.compress(b"@read 1\n") + deflate.flush()
    end = struct.pack("<II", zlib.crc32(b"@read 1\n"), 8)
    (tmp_path / "a.fastq.gz").write_bytes(extra + struct.pack("<H", len(data) + 25) + data + end)
    for status in ("created", "existing"):
        (result,) = register(api_client, tmp_path, isolate_id="i", create=True, verify="content")
        assert result.status == status
        assert "no empty block at its end" in result.message
    assert register(api_client, tmp_path, isolate_id="i")[0].message is None
