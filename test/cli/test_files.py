"""The commands that look files up: ``md5``, ``known`` and ``where``."""

from __future__ import annotations

import hashlib

import pytest
from clients import api_for
from processes import rows, run, statuses, told

MD5SUM = "9e107d9d372bb6826bd81d3542a419d6"

pytestmark = pytest.mark.once


@pytest.fixture
def run_17(tracking_service, tmp_path):
    """Return a folder with two files that are registered with the isolate i1, and one that is not."""
    folder = tmp_path / "run_17"
    folder.mkdir()
    api, sample = api_for(tracking_service.host), tracking_service.sample("i1")
    for name in ("a.vcf", "b.vcf", "c.fastq"):
        (folder / name).write_text(name)
        if name != "c.fastq":
            api.samples_id_files_post(sample, folder / name)
    return folder


def md5sum_of(path) -> str:
    return hashlib.md5(path.read_bytes()).hexdigest()


def test_known_of_a_manifest_in_standard_input(tracking_service, run_17):
    lines = f"{md5sum_of(run_17 / 'a.vcf')}  x/a.vcf\n{'0' * 32}  x/b.vcf\n"
    for source in ("-", "/dev/stdin"):
        done = run("known", "--manifest", source, input=lines)
        assert (done.returncode, told(done)) == (3, ["1 tracked, 1 untracked"])
        assert statuses(done) == ["tracked", "untracked"]
        assert [row["path"] for row in rows(done.stdout)] == ["x/a.vcf", "x/b.vcf"]


def test_known_names_the_file_and_the_line_of_a_manifest(run_17, tmp_path):
    manifest = tmp_path / "ena.tsv"
    manifest.write_text(f"md5sum\tpath\n{MD5SUM}\trun_17/x.vcf\n{md5sum_of(run_17 / 'a.vcf')}\trun_17/a.vcf\n")
    done = run("known", "--manifest", "ena.tsv", "--columns", "status,path,source", "--no-header", cwd=tmp_path)
    assert done.returncode == 3
    assert done.stdout == "untracked\trun_17/x.vcf\tena.tsv:2\ntracked\trun_17/a.vcf\tena.tsv:3\n"


def test_known_accepts_the_output_of_md5(tracking_service, tmp_path):
    paths = [tmp_path / "a\nb.vcf", tmp_path / "c.vcf"]
    for path in paths:
        path.write_text(path.name)
    done = run("known", "--manifest", "-", input=run("md5", *paths).stdout)
    assert [row["md5sum"] for row in rows(done.stdout)] == [md5sum_of(path) for path in paths]


def test_several_manifests_are_all_read(run_17):
    for path in sorted(run_17.iterdir()):
        (run_17 / f"{path.name}.md5").write_text(md5sum_of(path) + "\n")
    done = run("known", "--manifest", *sorted(run_17.glob("*.md5")))
    assert (done.returncode, statuses(done)) == (3, ["tracked", "tracked", "untracked"])
    assert [row["path"] for row in rows(done.stdout)] == [str(run_17 / name) for name in ("a.vcf", "b.vcf", "c.fastq")]


def test_file_among_the_manifests_is_an_error_that_says_so(tracking_service, run_17):
    tracking_service.requests.clear()
    done = run("known", "--manifest", run_17 / "a.vcf")
    assert (done.returncode, done.stdout) == (2, "")
    [message] = told(done)
    assert "a.vcf" in message
    assert "not a manifest" in message
    assert tracking_service.requests == []


@pytest.mark.parametrize(("name", "option"), [("m.md5", "--manifest"), ("m.tsv", "--manifest"), ("m.bam", "--type")])
@pytest.mark.parametrize("command", [["known"], ["register", "--isolate", "i1"]])
def test_path_that_is_no_fastq_or_vcf_is_an_error_that_says_what_to_do(run_17, name, option, command):
    (run_17 / name).write_text(f"{MD5SUM}  a.vcf\n")
    done = run(*command, run_17 / "a.vcf", run_17 / name)
    assert (done.returncode, statuses(done)[1]) == (65, "failed")
    assert name in told(done)[0]
    assert option in told(done)[0]


def test_type_is_for_paths_whose_names_do_not_tell_it(run_17):
    (run_17 / "m.md5").write_bytes((run_17 / "a.vcf").read_bytes())
    assert statuses(run("known", "--type", "vcf", run_17 / "m.md5")) == ["tracked"]


def test_note_about_a_manifest_is_a_message(tracking_service):
    manifest = f"{MD5SUM}  a.vcf\n# remark\n{MD5SUM}  a.vcf\n"
    done = run("known", "--manifest", "-", input=manifest)
    assert (done.returncode, len(rows(done.stdout))) == (3, 2)
    *notes, summary = told(done)
    assert notes
    assert all(note.startswith("-: ") for note in notes)
    assert summary == "2 untracked"
    assert run("-q", "known", "--manifest", "-", input=manifest).stderr == ""


def test_items_of_all_kinds_keep_their_order(run_17):
    arguments = ["--md5", MD5SUM, "0" * 32, "--manifest", "-"]
    done = run("known", run_17, run_17 / "none.vcf", "x.bam", run_17 / "a.vcf", *arguments, input=f"{'1' * 32}\n")
    assert done.returncode == 65
    assert statuses(done) == ["untracked"] * 2 + ["tracked"] * 2 + ["untracked"] + ["failed"] * 2 + [
        "tracked",
        "untracked",
    ]
    assert [row["path"] for row in rows(done.stdout)][5:8] == [str(run_17 / "none.vcf"), "x.bam", str(run_17 / "a.vcf")]


@pytest.mark.parametrize("path", ["./a.vcf", "a.vcf", ".//a.vcf", "../run_17/./a.vcf"])
@pytest.mark.parametrize("command", [["known"], ["register", "--isolate", "i1"]])
def test_path_is_written_exactly_as_given(run_17, path, command):
    done = run(*command, path, cwd=run_17)
    assert (done.returncode, [row["path"] for row in rows(done.stdout)]) == (0, [path])


def test_empty_path_is_an_error(run_17):
    done = run("known", "", cwd=run_17)
    assert (done.returncode, statuses(done)) == (65, ["failed"])
    assert "empty" in told(done)[0]


def test_path_of_32_digits_is_a_path(tracking_service, tmp_path):
    (tmp_path / MD5SUM).write_text("a")
    [row] = rows(run("known", "--type", "vcf", MD5SUM, cwd=tmp_path).stdout)
    assert row["md5sum"] == hashlib.md5(b"a").hexdigest()


def test_each_failed_item_is_one_line_on_standard_error(run_17):
    done = run("known", "--only", "tracked", run_17, run_17 / "none.vcf", run_17 / "x.bam")
    assert (done.returncode, statuses(done)) == (65, ["tracked", "tracked"])
    first, second, summary = told(done)
    assert str(run_17 / "none.vcf") in first
    assert str(run_17 / "x.bam") in second
    assert summary == "2 tracked, 1 untracked, 2 failed"
    assert len(told(run("-q", "known", run_17, run_17 / "none.vcf"))) == 1


def test_md5_goes_on_after_a_bad_file(run_17):
    (run_17 / "empty.vcf").write_bytes(b"")
    names = ["a.vcf", "none.vcf", ".", "b.vcf", "empty.vcf", "c.fastq"]
    done = run("md5", *names, cwd=run_17)
    assert done.returncode == 65
    assert done.stdout == "".join(f"{md5sum_of(run_17 / name)}  {name}\n" for name in ("a.vcf", "b.vcf", "c.fastq"))
    assert len(told(done)) == 3


def test_verify_reads_the_files_of_a_manifest(run_17):
    manifest = run_17 / "m.md5"
    manifest.write_text(f"{md5sum_of(run_17 / 'a.vcf')}  a.vcf\n{MD5SUM}  b.vcf\n")
    assert statuses(run("known", "--manifest", manifest)) == ["tracked", "untracked"]
    done = run("known", "--manifest", manifest, "--verify", "md5sum")
    assert (done.returncode, statuses(done)) == (65, ["tracked", "failed"])
    assert "b.vcf" in told(done)[0]


def test_content_is_verified_to_its_end(tracking_service, tmp_path):
    (tmp_path / "cut.vcf.gz").write_bytes(b"\x1f\x8b\x08\x00 cut")
    assert run("known", tmp_path / "cut.vcf.gz").returncode == 3
    done = run("known", tmp_path / "cut.vcf.gz", "--verify", "content")
    assert (done.returncode, statuses(done)) == (65, ["failed"])


def test_where_tells_the_sample(run_17):
    tracked = md5sum_of(run_17 / "a.vcf")
    done = run("where", tracked.upper(), "0" * 32)
    assert (done.returncode, told(done)) == (3, ["1 tracked, 1 untracked"])
    first, second = rows(done.stdout)
    assert (first["md5sum"], first["isolate"], first["name"]) == (tracked, "i1", "a.vcf")
    assert (second["md5sum"], second["isolate"]) == ("0" * 32, "")
    done = run("where", "--manifest", "-", input=f"{tracked}  mine.vcf\n")
    assert (done.returncode, rows(done.stdout)[0]["path"]) == (0, "mine.vcf")


def test_where_takes_files(run_17):
    done = run("where", run_17 / "a.vcf", MD5SUM)
    assert (done.returncode, statuses(done)) == (3, ["tracked", "untracked"])
    assert rows(done.stdout)[0]["isolate"] == "i1"


def test_md5sum_and_path_in_the_place_of_the_other_say_what_to_do(tracking_service):
    done = run("known", MD5SUM)
    assert (done.returncode, statuses(done)) == (65, ["failed"])
    assert "--md5" in told(done)[0]
    done = run("known", "--md5", MD5SUM, "a.vcf")
    assert done.returncode == 2
    assert "paths stand before --md5" in done.stderr


def test_outage_with_a_bad_line_leaves_no_line_out(tracking_service):
    tracking_service.fail("*", times=None)
    lines = f"{MD5SUM}  a.vcf\n{MD5SUM}1  b.vcf\n{'0' * 32}  c.vcf\n"
    done = run("--retry-for", "0", "known", "--skip-bad-lines", "--manifest", "-", input=lines)
    assert (done.returncode, statuses(done)) == (75, ["failed"] * 3)
