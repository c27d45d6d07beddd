"""The md5sums of files, compared with those that the program ``md5sum`` prints where it is installed."""

from __future__ import annotations

import errno
import hashlib
import os
import pickle
import re
import shutil
import subprocess
import threading
import tracemalloc
from pathlib import Path

import pytest

import tracking_client
from tracking_client import (
    ApiFileError,
    ApiFileNotFoundError,
    ApiFilePermissionError,
    ApiTypeError,
    ApiValueError,
    Md5Cache,
    md5sum,
    md5sums,
)
from tracking_client._disk.hashing import default_workers
from tracking_client._disk.regular_file import RegularFile, file_error

BLOCK = 256 * 1024


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("size", [1, BLOCK - 1, BLOCK, BLOCK + 1, 5_000_000])
def test_md5sum_is_that_of_the_bytes(tmp_path, size):
    content = os.urandom(size)
    path = write(tmp_path / "a", content)
    counts = []
    assert md5sum(path) == md5sum(str(path), counts.append) == hashlib.md5(content).hexdigest()
    assert sum(counts) == size
    if shutil.which("md5sum"):
        printed = subprocess.run(["md5sum", path], stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout
        assert printed == f"{md5sum(path)}  {path}\n"


@pytest.mark.skipif(os.name == "nt", reason="names are not bytes on Windows")
@pytest.mark.parametrize("name", [b"a\nb", b"a\\b", b"\xff\xfe", b" ", b"-", "ü".encode()])
def test_any_file_name_is_hashed(tmp_path, name):
    path = os.path.join(tmp_path, os.fsdecode(name))
    Path(path).write_bytes(b"x")
    assert md5sum(path) == hashlib.md5(b"x").hexdigest()


def test_memory_does_not_grow_with_the_file(tmp_path):
    path = tmp_path / "a"
    with path.open("wb") as stream:
        stream.truncate(64 * BLOCK)
    tracemalloc.start()
    try:
        md5sum(path)
        md5sum(path, lambda count: None)
        assert tracemalloc.get_traced_memory()[1] < 3 * BLOCK
    finally:
        tracemalloc.stop()


# Files that cannot be used


def test_missing_file(tmp_path):
    path = tmp_path / "missing"
    with pytest.raises(ApiFileNotFoundError) as caught:
        md5sum(path)
    assert isinstance(caught.value, (FileNotFoundError, tracking_client.OpenApiException))
    assert caught.value.filename == str(path)
    assert str(path) in str(caught.value)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (type(copy), str(copy)) == (ApiFileNotFoundError, str(caught.value))


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="there are no users as on Unix")
def test_unreadable_file(tmp_path):
    path = write(tmp_path / "a", b"x")
    path.chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # root may read every file
    try:
        with pytest.raises(ApiFilePermissionError, match=str(path)) as caught:
            md5sum(path)
    finally:
        os.seteuid(user)
    assert isinstance(caught.value, PermissionError)


def test_directory(tmp_path):
    with pytest.raises(ApiFileError, match=re.escape(repr(str(tmp_path)))) as caught:
        md5sum(tmp_path)
    assert (caught.value.errno, caught.value.filename) == (errno.EISDIR, str(tmp_path))


def test_empty_file(tmp_path):
    path = write(tmp_path / "a", b"")
    with pytest.raises(ApiFileError, match=f"cannot use '{path}': it is empty") as caught:
        md5sum(path)
    assert caught.value.errno is None
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_named_pipe_and_device(tmp_path):
    os.mkfifo(tmp_path / "a")
    for path in (tmp_path / "a", "/dev/null"):
        with pytest.raises(ApiFileError, match="not a regular file"):
            md5sum(path)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="there is no file that cannot be read")
def test_error_while_a_file_is_read():
    with RegularFile("/proc/self/mem", 1) as stream, pytest.raises(ApiFileError, match="/proc/self/mem") as caught:
        stream.readinto(bytearray(1))  # there is no memory at address 0
    assert caught.value.errno is not None


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.ENOENT, ApiFileNotFoundError),
        (errno.EACCES, ApiFilePermissionError),
        (errno.EPERM, ApiFilePermissionError),
        (errno.EIO, ApiFileError),
    ],
)
def test_class_of_an_error_of_the_operating_system(code, kind):
    error = file_error(OSError(code, "message"), "isolate.vcf")
    assert (type(error), error.errno, error.filename) == (kind, code, "isolate.vcf")


@pytest.mark.parametrize(
    "change", ["append", "truncate", "overwrite", "overwrite, with the old time", "replace", "delete"]
)
def test_file_that_changes_while_it_is_read(tmp_path, change):
    path = write(tmp_path / "a", bytes(3 * BLOCK))
    os.utime(path, (1, 1))
    before = path.stat()
    other = write(tmp_path / "b", bytes(3 * BLOCK))
    os.utime(other, (1, 1))  # so that only the inode tells it from the first one

    def change_file(count: int) -> None:
        if change == "append":
            with path.open("ab") as stream:
                stream.write(b"x")
        elif change == "truncate":
            os.truncate(path, BLOCK)
        elif change == "overwrite":
            with path.open("r+b") as stream:
                stream.write(b"x")
        elif change == "overwrite, with the old time":
            while path.stat().st_ctime_ns == before.st_ctime_ns:  # the clock of the file system may be coarse
                with path.open("r+b") as stream:
                    stream.write(b"x")
                os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        elif change == "replace" and other.exists():
            other.replace(path)
        elif change == "delete":
            path.unlink(missing_ok=True)

    with pytest.raises(ApiFileError, match=f"'{path}': it was changed while it was read"):
        md5sum(path, change_file)


@pytest.mark.parametrize("path", [7, None, b"a", ["a"]], ids=str)
def test_path_of_another_type(path):
    with pytest.raises(ApiTypeError, match="Invalid type for a path"):
        md5sum(path)


@pytest.mark.parametrize("path", ["", "a\0b"])
def test_text_that_is_no_path(path):
    with pytest.raises(ApiValueError, match="Invalid path"):
        md5sum(path)


def test_error_of_progress_is_raised_as_it_is(tmp_path):
    def fail(count: int) -> None:
        raise BrokenPipeError("the terminal is gone")

    path = write(tmp_path / "a", b"x")
    for call in (lambda: md5sum(path, fail), lambda: list(md5sums([path], progress=fail))):
        with pytest.raises(BrokenPipeError, match="the terminal is gone") as caught:
            call()
        assert type(caught.value) is BrokenPipeError


# Many files


@pytest.mark.parametrize("workers", [None, 1, 3, 50])
def test_md5sums_are_in_the_order_of_the_paths(tmp_path, workers):
    paths = [write(tmp_path / str(number), os.urandom(1 + 1000 * (number % 7))) for number in range(40)]
    counts = []
    expected = [hashlib.md5(path.read_bytes()).hexdigest() for path in paths]
    assert list(md5sums(iter(paths), max_workers=workers, progress=counts.append)) == expected
    assert sum(counts) == sum(path.stat().st_size for path in paths)


def test_md5sums_read_paths_only_a_little_ahead(tmp_path):
    path = write(tmp_path / "a", b"x")
    taken = []
    results = md5sums((taken.append(1) or path for _ in range(1000)), max_workers=2)
    next(results)
    assert len(taken) <= 6
    results.close()
    assert list(md5sums([])) == []


def test_files_are_hashed_at_the_same_time(tmp_path):
    """Each of two files waits for the other before it is read."""
    barrier = threading.Barrier(2, timeout=60)

    class WaitingCache(Md5Cache):
        def get(self, path, status):
            barrier.wait()

    paths = [write(tmp_path / name, name.encode()) for name in "ab"]
    expected = [hashlib.md5(name).hexdigest() for name in (b"a", b"b")]
    assert list(md5sums(paths, max_workers=2, cache=WaitingCache(tmp_path / "cache"))) == expected


def test_error_of_a_file_stops_the_others(tmp_path):
    size = 2**31  # takes seconds
    with (tmp_path / "large").open("wb") as stream:
        stream.truncate(size)
    counts = []
    paths = [write(tmp_path / "a", b"x"), tmp_path / "missing", tmp_path / "large"]
    results = md5sums(paths, max_workers=3, progress=counts.append)
    assert next(results) == hashlib.md5(b"x").hexdigest()
    with pytest.raises(FileNotFoundError, match="missing"):
        next(results)
    assert sum(counts) < size
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("md5sums")]


@pytest.mark.parametrize("paths", ["a.vcf", b"a.vcf", Path("a.vcf")], ids=repr)
def test_one_path_is_not_many(paths):
    with pytest.raises(ApiTypeError, match="not one path"):
        md5sums(paths)


def test_number_of_workers_must_be_positive():
    with pytest.raises(ApiValueError, match="max_workers"):
        md5sums([], max_workers=0)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="a process cannot be bound to processors here")
@pytest.mark.parametrize(("processors", "workers"), [(1, 1), (5, 5), (8, 8), (64, 8)])
def test_default_number_of_threads(monkeypatch, processors, workers):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(processors)))
    assert default_workers() == workers
