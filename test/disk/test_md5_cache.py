"""The cache of md5sums."""

from __future__ import annotations

import hashlib
import os
import pickle
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tracking_client import ApiFileError, ApiTypeError, File, Md5Cache, md5sum, md5sums

OTHER = "0" * 32
"""An md5sum that no file has. The tests put it into the cache, so that they see where it comes from."""


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Md5Cache:
    """A cache that keeps also the md5sums of files that were just changed."""
    monkeypatch.setattr("tracking_client._disk.md5_cache._SETTLING_NS", -1)
    return Md5Cache(tmp_path / "md5sums.sqlite")


@pytest.fixture
def path(tmp_path) -> Path:
    path = tmp_path / "isolate.vcf"
    path.write_bytes(b"content")
    return path


def put_other(cache: Md5Cache, path: Path) -> None:
    cache.put(path, path.stat(), OTHER)
    assert md5sum(path, cache=cache) == OTHER


def test_known_file_is_not_read(cache, path):
    assert md5sum(path, cache=cache) == hashlib.md5(b"content").hexdigest()
    put_other(cache, path)
    counts = []
    assert list(md5sums([path], cache=cache, progress=counts.append)) == [OTHER]
    assert File.from_path(path, cache=cache) == File(OTHER, "isolate.vcf", "vcf")
    assert counts == [7]
    assert md5sum(path) != OTHER


def test_path_is_made_absolute(cache, path, monkeypatch):
    put_other(cache, path)
    monkeypatch.chdir(path.parent)
    assert md5sum("isolate.vcf", cache=cache) == OTHER


@pytest.mark.parametrize("change", ["content", "size", "mtime", "content, with the old mtime", "replace"])
def test_changed_file_is_read_again(cache, path, change):
    put_other(cache, path)
    before = path.stat()
    if change == "size":
        path.write_bytes(b"longer content")
    elif change == "mtime":
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    elif change == "replace":
        new = path.with_name("new")
        new.write_bytes(b"content")
        os.utime(new, ns=(before.st_atime_ns, before.st_mtime_ns))
        new.replace(path)
    else:
        while path.stat().st_ctime_ns == before.st_ctime_ns:  # the clock of the file system may be coarse
            path.write_bytes(b"changed")
            if "old mtime" in change:
                os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert md5sum(path, cache=cache) == hashlib.md5(path.read_bytes()).hexdigest()
    assert md5sum(path, cache=cache) != OTHER


def test_file_that_was_just_changed_is_not_kept(path, tmp_path):
    cache = Md5Cache(tmp_path / "md5sums.sqlite")
    path.write_bytes(b"content")
    cache.put(path, path.stat(), OTHER)
    assert cache.get(path, path.stat()) is None


@pytest.mark.skipif(os.name == "nt", reason="names are not bytes on Windows")
def test_any_name_is_kept(cache, tmp_path):
    for name in (b"\xff", b"a\nb", "ü".encode()):
        path = tmp_path / os.fsdecode(name)
        path.write_bytes(name)
        put_other(cache, path)


def test_changes_of_a_file_do_not_make_the_cache_larger(cache, path):
    for number in range(5):
        path.write_bytes(bytes(number + 1))
        md5sum(path, cache=cache)
    rows = sqlite3.connect(cache.path)
    assert rows.execute("SELECT count(*) FROM md5sums").fetchone() == (1,)
    assert rows.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    rows.close()


def test_threads_share_a_cache(cache, tmp_path):
    paths = [tmp_path / f"{number}.vcf" for number in range(40)]
    for path in paths:
        path.write_text(path.name)
    expected = [hashlib.md5(path.name.encode()).hexdigest() for path in paths]
    for _ in range(2):
        assert list(md5sums(paths, cache=cache, max_workers=8)) == expected


def test_processes_share_a_cache(tmp_path):
    """Several processes create it at the same time, and write all of the same files."""
    for number in range(20):
        path = tmp_path / f"{number}.vcf"
        path.write_text(path.name)
        os.utime(path, (1, 1))
    script = """
import pathlib, sys
import tracking_client, tracking_client._disk.md5_cache as module
module._SETTLING_NS = -1
cache = tracking_client.Md5Cache("md5sums.sqlite")
print(*tracking_client.md5sums(sorted(pathlib.Path().glob("*.vcf")), cache=cache))
"""
    command = [sys.executable, "-W", "error", "-c", script]
    with ThreadPoolExecutor(4) as threads:
        runs = [
            threads.submit(subprocess.run, command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
            for _ in range(4)
        ]
    expected = [hashlib.md5(path.name.encode()).hexdigest() for path in sorted(tmp_path.glob("*.vcf"))]
    assert [(run.result().stdout.split(), run.result().stderr) for run in runs] == [(expected, "")] * 4
    rows = sqlite3.connect(tmp_path / "md5sums.sqlite")
    assert rows.execute("SELECT count(*) FROM md5sums").fetchone() == (20,)
    rows.close()


def test_cache_can_be_pickled(cache, path):
    put_other(cache, path)
    assert md5sum(path, cache=pickle.loads(pickle.dumps(cache))) == OTHER


def test_cache_that_cannot_be_used(path, tmp_path):
    (tmp_path / "text").write_text("this is not a database, and long enough to be read as one" * 100)
    for name in ("text", "missing/cache", "."):
        with pytest.raises(ApiFileError, match="cannot use the cache .*" + name):
            md5sum(path, cache=Md5Cache(tmp_path / name))
    with pytest.raises(ApiTypeError):
        Md5Cache(7)


def test_file_that_was_just_changed_is_not_kept_if_its_time_is_set_back(path, tmp_path):
    """A copy that preserves times, such as that of rsync, was changed now, whatever its time of modification."""
    cache = Md5Cache(tmp_path / "md5sums.sqlite")
    os.utime(path, (1, 1))
    cache.put(path, path.stat(), OTHER)
    assert cache.get(path, path.stat()) is None
