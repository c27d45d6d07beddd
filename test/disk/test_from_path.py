"""`File.from_path`, with files by real programs."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import os
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import pytest

from tracking_client import (
    ApiFileError,
    ApiFileNotFoundError,
    ApiTypeError,
    ApiValueError,
    File,
    FileType,
    md5sum,
    md5sums,
)

READS = b"".join(b"@r%d\nACGTACGTACGT\n+\nIIIIIIIIIIII\n" % number for number in range(3000))

FASTQ_NAMES = [
    f"a.{name}{extension}" for name in ("fastq", "fq") for extension in ("", ".gz", ".bgz", ".bz2", ".xz", ".zst")
]
VCF_NAMES = [f"a.{name}{extension}" for name in ("vcf", "g.vcf", "gvcf") for extension in ("", ".gz", ".bgz", ".bz2")]
OTHER_NAMES = [
    *["a.bcf", "a.bam", "a.sam", "a.cram", "a.fasta", "a.fa.gz", "a.md5", "a.fastq.gz.md5", "a.vcf.gz.tbi"],
    *["a.vcf.gz.csi", "a.vcf.xz", "a.vcf.zst", "a.vcf.zip", "a.fastq.gz.gz", "a.fastq.txt", "a.gz", "a", "fastq"],
    *[".fastq", "vcf.gz", "a.fastqc", "a.xvcf", "a.fastq.gz~", "a.fastq.part"],
]


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def bgzf(content: bytes) -> bytes:
    """Return what bgzip writes: a gzip file for each block, and an empty one (SAM specification, section 4.1)."""
    blocks = []
    for start in [*range(0, len(content), 60_000), None]:
        block = b"" if start is None else content[start : start + 60_000]
        deflate = zlib.compressobj(wbits=-15)
        data = deflate.compress(block) + deflate.flush()
        header = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0" + struct.pack("<H", len(data) + 25)
        blocks.append(header + data + struct.pack("<II", zlib.crc32(block), len(block)))
    return b"".join(blocks)


@pytest.mark.parametrize(("names", "file_type"), [(FASTQ_NAMES, FileType.FASTQ), (VCF_NAMES, FileType.VCF)])
def test_type_is_told_from_the_name(tmp_path, names, file_type):
    for name in (*names, *map(str.upper, names), "a b.v1.GZ." + names[-1]):
        path = write(tmp_path / name, name.encode())
        assert File.from_path(path) == File(hashlib.md5(name.encode()).hexdigest(), name, file_type)


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_other_name_is_rejected_before_the_file_is_read(tmp_path, name):
    with pytest.raises(ApiValueError, match="Cannot tell the type of the file"):
        File.from_path(tmp_path / name)  # there is no such file
    path = write(tmp_path / name, b"x")
    assert File.from_path(path, "vcf") == File(hashlib.md5(b"x").hexdigest(), name, "vcf")


@pytest.mark.parametrize(("file_type", "error"), [("bam", ApiValueError), ("", ApiValueError), (7, ApiTypeError)])
def test_invalid_type_is_rejected_before_the_file_is_read(tmp_path, file_type, error):
    with pytest.raises(error, match="file_type"):
        File.from_path(tmp_path / "a.vcf", file_type)


def test_name_is_the_last_part_of_the_path(tmp_path, monkeypatch):
    (tmp_path / "b").mkdir()
    write(tmp_path / "b" / "a.vcf", b"x")
    (tmp_path / "link.vcf").symlink_to("b/a.vcf")
    monkeypatch.chdir(tmp_path)
    paths = [str(tmp_path / "b" / "a.vcf"), "b/a.vcf", "b/./a.vcf", Path("b/a.vcf"), "b/../b//a.vcf"]
    assert {File.from_path(path).filename for path in paths} == {"a.vcf"}
    assert File.from_path("link.vcf").filename == "link.vcf"


@pytest.mark.skipif(os.name == "nt", reason="names are not bytes on Windows")
def test_name_that_is_not_utf8_is_rejected(tmp_path):
    path = tmp_path / os.fsdecode(b"\xff.vcf")
    path.write_bytes(b"x")
    with pytest.raises(ApiValueError, match="not valid UTF-8"):
        File.from_path(path)


def test_file_that_cannot_be_used_is_rejected(tmp_path):
    with pytest.raises(ApiFileNotFoundError, match=r"missing\.vcf"):
        File.from_path(tmp_path / "missing.vcf")
    (tmp_path / "directory.vcf").mkdir()
    with pytest.raises(ApiFileError, match=r"directory.*directory\.vcf"):
        File.from_path(tmp_path / "directory.vcf")
    with pytest.raises(ApiFileError, match=r"empty\.vcf.*is empty"):
        File.from_path(write(tmp_path / "empty.vcf", b""))
    for path in (b"a.vcf", 7, None):
        with pytest.raises(ApiTypeError):
            File.from_path(path)
    with pytest.raises(ApiValueError):
        File.from_path("")


def test_subclass_returns_its_own(tmp_path):
    class Reads(File):
        pass

    assert type(Reads.from_path(write(tmp_path / "a.fq", b"x"))) is Reads


# Verification


COMPRESSED = {
    ".gz": gzip.compress(READS),
    ".bgz": bgzf(READS),
    ".bz2": bz2.compress(READS),
    ".xz": lzma.compress(READS),
}
PROGRAMS = {"gzip": ".gz", "bgzip": ".gz", "bzip2": ".bz2", "xz": ".xz"}


def assert_verified(path: Path) -> None:
    """Assert that a file passes, and that it does not once it is cut or has a wrong byte."""
    content = path.read_bytes()
    assert File.from_path(path, verify=True).md5sum == hashlib.md5(content).hexdigest()
    for length in (10, 100, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(ApiFileError, match=f"'{path}': it is truncated"):
            File.from_path(path, verify=True)
    path.write_bytes(
        content[: len(content) // 2] + bytes([content[len(content) // 2] ^ 255]) + content[len(content) // 2 + 1 :]
    )
    with pytest.raises(ApiFileError, match=f"'{path}': it is (damaged|truncated)"):
        File.from_path(path, verify=True)
    path.write_bytes(READS)
    with pytest.raises(ApiFileError, match=f"'{path}': it is (damaged|truncated)"):
        File.from_path(path, verify=True)
    assert File.from_path(path).md5sum == hashlib.md5(READS).hexdigest()


@pytest.mark.parametrize("extension", COMPRESSED)
def test_truncated_or_damaged_file_is_found(tmp_path, extension):
    assert_verified(write(tmp_path / f"a.fastq{extension}", COMPRESSED[extension]))
    assert_verified(write(tmp_path / f"A.FASTQ{extension.upper()}", COMPRESSED[extension]))


@pytest.mark.parametrize("program", PROGRAMS)
def test_file_of_a_real_program(tmp_path, program):
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    path = write(tmp_path / "a.fastq", READS)
    subprocess.run([program, path], check=True, timeout=60)
    assert_verified(path.with_name(path.name + PROGRAMS[program]))


def test_missing_block_at_the_end_of_a_bgzip_file_is_said(tmp_path, caplog):
    """As in the files of bcl2fastq. One by bgzip that was cut between two blocks looks the same."""
    path = write(tmp_path / "a.fastq.gz", bgzf(READS)[:-28])
    assert gzip.decompress(path.read_bytes()) == READS
    notes: list[str] = []
    file = File.from_path(path, verify=True, note=notes.append)
    assert file.md5sum == hashlib.md5(path.read_bytes()).hexdigest()
    assert [f"'{path}' has no empty block at its end" in note for note in notes] == [True]
    assert caplog.records == []
    assert File.from_path(path, verify=True) == File.from_path(path) == file
    assert [(each.name, each.levelname, each.getMessage()) for each in caplog.records] == [
        ("tracking_client", "WARNING", notes[0])
    ]


@pytest.mark.parametrize("extension", [*COMPRESSED, ""])
def test_nothing_is_said_about_a_complete_file(tmp_path, extension, caplog):
    notes: list[str] = []
    File.from_path(
        write(tmp_path / f"a.fastq{extension}", COMPRESSED.get(extension, READS)), verify=True, note=notes.append
    )
    assert notes == caplog.records == []


def test_bgzip_file_that_was_cut_within_a_block_is_found(tmp_path):
    path = write(tmp_path / "a.vcf.gz", bgzf(READS)[:-40])
    with pytest.raises(ApiFileError, match="it is truncated"):
        File.from_path(path, verify=True)


# Compressed files that contain nothing

EMPTY = {
    ".gz": gzip.compress(b""),
    ".bgz": bgzf(b""),
    ".GZ": bgzf(b"") * 3,
    ".bz2": bz2.compress(b""),
    ".xz": lzma.compress(b""),
}


@pytest.mark.parametrize("extension", EMPTY)
@pytest.mark.parametrize("verify", [False, True])
def test_compressed_file_that_contains_nothing_is_rejected(tmp_path, extension, verify):
    path = write(tmp_path / f"a.fastq{extension}", EMPTY[extension])
    for use in (lambda: File.from_path(path, verify=verify), lambda: md5sum(path), lambda: list(md5sums([path]))):
        with pytest.raises(ApiFileError, match=f"cannot use '{path}': it contains nothing"):
            use()


@pytest.mark.parametrize("program", PROGRAMS)
def test_empty_file_of_a_real_program_is_rejected(tmp_path, program):
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    path = write(tmp_path / "a.fastq", b"")
    subprocess.run([program, path], check=True, timeout=60)
    with pytest.raises(ApiFileError, match="it contains nothing"):
        File.from_path(path.with_name(path.name + PROGRAMS[program]))


def test_file_with_content_after_an_empty_part_is_accepted(tmp_path):
    assert File.from_path(write(tmp_path / "a.fastq.gz", gzip.compress(b"") + COMPRESSED[".gz"]), verify=True)


@pytest.mark.parametrize("extension", COMPRESSED)
def test_only_the_beginning_is_decompressed_without_verify(tmp_path, extension):
    content = COMPRESSED[extension]
    for damaged in (content[:-20], content[: len(content) // 2], READS, b"\x1f\x8b"):
        path = write(tmp_path / f"a.fastq{extension}", damaged)
        assert File.from_path(path).md5sum == hashlib.md5(damaged).hexdigest()


def test_gzip_files_one_after_the_other_are_complete(tmp_path):
    path = write(tmp_path / "a.fastq.gz", gzip.compress(READS) * 2)
    assert File.from_path(path, verify=True).filename == "a.fastq.gz"
    path.write_bytes(gzip.compress(READS) + gzip.compress(READS)[:-3])
    with pytest.raises(ApiFileError, match="it is truncated"):
        File.from_path(path, verify=True)


def test_plain_file_passes_and_zst_cannot_be_verified(tmp_path):
    assert File.from_path(write(tmp_path / "a.fastq", READS), verify=True).file_type == "fastq"
    with pytest.raises(ApiValueError, match=r"cannot decompress \.zst"):
        File.from_path(write(tmp_path / "a.fastq.zst", READS), verify=True)
