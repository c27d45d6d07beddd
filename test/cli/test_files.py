"""The commands ``known``, ``register`` and ``sync``."""

from __future__ import annotations

import csv
import hashlib
import io

import pytest
from clients import api_for
from processes import run

MD5SUM = "9e107d9d372bb6826bd81d3542a419d6"

pytestmark = pytest.mark.once


@pytest.fixture
def study(tmp_path):
    """Return the path of a table with three files of two isolates."""
    for name in ("a_R1.fastq.gz", "a_R2.fastq.gz", "b.vcf"):
        (tmp_path / name).write_text(name)
    path = tmp_path / "study.tsv"
    path.write_text(
        "isolate\texperiment\tpath\nia\tea\ta_R1.fastq.gz\nia\tea\ta_R2.fastq.gz\nib\t\tb.vcf\n", encoding="utf-8"
    )
    return path


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))


def outcomes(done) -> list[str]:
    return [row["status"] for row in rows(done.stdout)]


def writes(service) -> list[str]:
    return [str(request) for request in service.requests if request.method not in ("GET", "HEAD")]


def test_known_of_a_manifest_in_standard_input(tracking_service, tmp_path):
    file = {"md5sum": MD5SUM, "filename": "a.vcf", "file-type": "vcf"}
    api_for(tracking_service.host).samples_id_files_post(tracking_service.sample(), file)
    done = run("known", "--manifest", "-", input=f"{MD5SUM}  a.vcf\n{'0' * 32}  b.vcf\n")
    assert (done.returncode, done.stderr) == (3, "")
    assert outcomes(done) == ["tracked", "untracked"]


def test_known_accepts_the_output_of_md5(tracking_service, tmp_path):
    paths = [tmp_path / "a\nb.vcf", tmp_path / "c.vcf"]
    for path in paths:
        path.write_text(path.name)
    done = run("known", "--manifest", "-", input=run("md5", *paths).stdout)
    assert [row["md5sum"] for row in rows(done.stdout)] == [hashlib.md5(p.read_bytes()).hexdigest() for p in paths]


def test_note_about_a_manifest_is_a_message(tracking_service):
    done = run("known", "--manifest", "-", input=f"{MD5SUM}  a.vcf\n# remark\n{MD5SUM}  a.vcf\n")
    assert (done.returncode, len(rows(done.stdout))) == (3, 2)
    assert all(line.startswith("tracking-client: -: ") for line in done.stderr.splitlines())


def test_items_of_all_kinds_keep_their_order(tracking_service, tmp_path):
    path = tmp_path / "a.vcf"
    path.write_text("a")
    done = run("known", "--md5", MD5SUM, "0" * 32, "--manifest", "-", input=f"{'1' * 32}\n")
    assert [row["md5sum"] for row in rows(done.stdout)] == [MD5SUM, "0" * 32, "1" * 32]
    assert rows(run("known", path).stdout)[0]["item"] == str(path)


def test_path_of_32_digits_is_a_path(tracking_service, tmp_path):
    (tmp_path / MD5SUM).write_text("a")
    [row] = rows(run("known", MD5SUM, cwd=tmp_path).stdout)
    assert row["md5sum"] == hashlib.md5(b"a").hexdigest()


def test_register_again_changes_nothing(tracking_service, study):
    paths = sorted(study.parent.glob("*.fastq.gz"))
    first = run("register", "--isolate", "ia", "--create", *paths)
    assert (first.returncode, outcomes(first), first.stderr) == (0, ["created", "created"], "")
    for arguments in (["--create"], [], ["--dry-run"]):
        again = run("register", "--isolate", "ia", *arguments, *paths)
        assert (again.returncode, outcomes(again), again.stderr) == (0, ["existing", "existing"], "")
    assert len(run("list", "--isolate", "ia").stdout.splitlines()) == 3


@pytest.mark.parametrize("create", [[], ["--create"]])
def test_dry_run_sends_no_write(tracking_service, study, create):
    if not create:
        tracking_service.sample("ia")
    paths = sorted(study.parent.glob("*.fastq.gz"))
    done = run("register", "--isolate", "ia", "--dry-run", *create, *paths)
    assert (done.returncode, outcomes(done), done.stderr) == (0, 2 * ["would-create"], "")
    assert writes(tracking_service) == []


def test_register_without_the_sample_needs_create(tracking_service, study):
    done = run("register", "--isolate", "nobody", study.parent / "b.vcf")
    assert (done.returncode, done.stdout) == (3, "")
    assert "--create" in done.stderr
    assert writes(tracking_service) == []


@pytest.mark.parametrize("create", [[], ["--create"]])
def test_type_is_for_names_that_do_not_tell_it(tracking_service, tmp_path, create):
    tracking_service.sample("ia")
    path = tmp_path / "reads.dat"
    path.write_text("x")
    untold = run("register", "--isolate", "ia", *create, path)
    assert untold.returncode == 65
    assert "reads.dat" in untold.stdout + untold.stderr
    told = run("register", "--isolate", "ia", *create, "--type", "fastq", path)
    assert (told.returncode, outcomes(told)) == (0, ["created"])
    assert rows(told.stdout)[0]["type"] == "fastq"


def test_renamed_file_says_what_is_tracked(tracking_service, tmp_path):
    tracking_service.sample("ia")
    for name in ("a.vcf", "b.vcf"):
        (tmp_path / name).write_text("same")
        done = run("register", "--isolate", "ia", tmp_path / name)
        assert done.returncode == 0
    [row] = rows(done.stdout)
    assert (row["status"], row["message"]) == ("renamed", "filename: 'b.vcf' given, 'a.vcf' tracked")


def test_sync_registers_a_study_and_again_changes_nothing(tracking_service, study, tmp_path):
    report = tmp_path / "report.tsv"
    dry = run("sync", study, "--dry-run")
    assert (dry.returncode, outcomes(dry), writes(tracking_service)) == (0, ["would-create"] * 3, [])
    first = run("sync", study, "--report", report)
    assert (first.returncode, outcomes(first), first.stderr) == (0, ["created"] * 3, "")
    assert report.read_text(encoding="utf-8") == first.stdout
    sent = len(writes(tracking_service))
    again = run("sync", study, "--jobs", "1", "--report", report, "--format", "jsonl")
    assert (again.returncode, again.stderr) == (0, "")
    assert [row["status"] for row in rows(report.read_text(encoding="utf-8"))] == ["existing"] * 3
    assert len(run("list", "--isolate", "ia", "--experiment", "ea").stdout.splitlines()) == 3
    assert sent == 5


def test_sync_reports_a_conflict_and_registers_the_rest(tracking_service, study):
    other = tracking_service.sample("other")
    api_for(tracking_service.host).samples_id_files_post(other, study.parent / "b.vcf")
    done = run("sync", study)
    assert (done.returncode, outcomes(done)) == (4, ["created", "created", "conflict"])


def test_sync_finds_paths_below_root(tracking_service, study, tmp_path):
    moved = tmp_path / "tables"
    moved.mkdir()
    study = study.rename(moved / study.name)
    assert run("sync", study).returncode == 65
    assert run("sync", study, "--root", tmp_path).returncode == 0


@pytest.mark.parametrize("text", ["isolate\tpath\nia\t\n", "nothing\n", "isolate\texperiment\tpath\n\t\ta.vcf\n", ""])
def test_invalid_table_is_found_before_anything_is_sent(tracking_service, tmp_path, text):
    table = tmp_path / "study.tsv"
    table.write_text(text)
    done = run("sync", table)
    assert (done.returncode, done.stdout) == (65, "")
    assert done.stderr.splitlines()[-1].startswith("tracking-client: ")
    assert tracking_service.requests == []


def test_report_that_cannot_be_written_is_found_before_anything_is_sent(tracking_service, study, tmp_path):
    done = run("sync", study, "--report", tmp_path / "no" / "report.tsv")
    assert (done.returncode, done.stdout) == (2, "")
    assert "report" in done.stderr
    assert tracking_service.requests == []


@pytest.mark.parametrize("create", [[], ["--create"]])
def test_missing_file_of_a_given_type_is_told_as_missing(tracking_service, tmp_path, create):
    """Its name does not tell the type, but that is not what is wrong."""
    tracking_service.sample(isolate_id="ia")
    done = run("register", "--isolate", "ia", *create, "--type", "fastq", tmp_path / "reads.part1")
    assert (done.returncode, outcomes(done)) == (65, ["failed"])
    assert "reads.part1" in done.stdout
    assert "type" not in rows(done.stdout)[0]["message"]
    assert writes(tracking_service) == []
