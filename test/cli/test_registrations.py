"""The commands that write or compare: ``register``, ``check``, and ``delete --manifest``."""

from __future__ import annotations

import hashlib

import pytest
from clients import api_for
from processes import rows, run, run_on_terminal, statuses, told

from tracking_client.service import running_service

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


def writes(service) -> list[str]:
    return [str(request) for request in service.requests if request.method not in ("GET", "HEAD")]


def test_register_again_changes_nothing(tracking_service, study):
    paths = sorted(study.parent.glob("*.fastq.gz"))
    first = run("register", "--isolate", "ia", "--create", *paths)
    assert (first.returncode, statuses(first), told(first)) == (0, ["created", "created"], ["2 created"])
    for arguments in (["--create"], [], ["--dry-run"]):
        again = run("register", "--isolate", "ia", *arguments, *paths)
        assert (again.returncode, statuses(again), told(again)) == (0, ["existing", "existing"], ["2 existing"])
    assert len(run("list", "--isolate", "ia").stdout.splitlines()) == 3


@pytest.mark.parametrize("create", [[], ["--create"]])
def test_dry_run_sends_no_write(tracking_service, study, create):
    if not create:
        tracking_service.sample("ia")
    paths = sorted(study.parent.glob("*.fastq.gz"))
    done = run("register", "--isolate", "ia", "--dry-run", *create, *paths)
    assert (done.returncode, statuses(done)) == (0, ["would-create", "would-create"])
    assert writes(tracking_service) == []


def test_samples_that_do_not_exist_are_listed_and_nothing_is_written(tracking_service, study):
    tracking_service.sample("ia", "ea")
    for arguments in (["--manifest", study], ["--isolate", "ib", study.parent / "b.vcf"]):
        done = run("register", "--exit-zero", *arguments)
        assert (done.returncode, done.stdout) == (1, "")
        [message] = told(done)
        assert "isolate 'ib'" in message
        assert "--create" in message
        assert "'ia'" not in message
    assert writes(tracking_service) == []


def test_sample_is_created_only_for_a_usable_file(tracking_service, study):
    study.write_text(study.read_text(encoding="utf-8") + "ic\t\tmissing.vcf\nid\t\tempty.vcf\n", encoding="utf-8")
    (study.parent / "empty.vcf").write_bytes(b"")
    done = run("register", "--create", "--manifest", study)
    assert (done.returncode, statuses(done)) == (65, ["created"] * 3 + ["failed"] * 2)
    assert [run("sample", "find", "--isolate", each).returncode for each in ("ia", "ib", "ic", "id")] == [0, 0, 3, 3]
    assert run("register", "--create", "--isolate", "ie", "missing.vcf", "x.bam").returncode == 65
    assert run("sample", "find", "--isolate", "ie").returncode == 3


@pytest.mark.parametrize("create", [[], ["--create"]])
def test_type_is_for_names_that_do_not_tell_it(tracking_service, tmp_path, create):
    tracking_service.sample("ia")
    path = tmp_path / "reads.dat"
    path.write_text("x")
    untold = run("register", "--isolate", "ia", *create, path)
    assert (untold.returncode, statuses(untold)) == (65, ["failed"])
    assert "--type" in told(untold)[0]
    given = run("register", "--isolate", "ia", *create, "--type", "fastq", path)
    assert (given.returncode, statuses(given), rows(given.stdout)[0]["type"]) == (0, ["created"], "fastq")


def test_missing_file_of_a_given_type_is_told_as_missing(tracking_service, tmp_path):
    """Its name does not tell the type, but that is not what is wrong."""
    tracking_service.sample("ia")
    done = run("register", "--isolate", "ia", "--type", "fastq", tmp_path / "reads.part1")
    assert (done.returncode, statuses(done)) == (65, ["failed"])
    assert "reads.part1" in told(done)[0]
    assert "type" not in rows(done.stdout)[0]["message"]
    assert writes(tracking_service) == []


def test_renamed_file_says_what_is_tracked(tracking_service, tmp_path):
    tracking_service.sample("ia")
    for name in ("a.vcf", "b.vcf"):
        (tmp_path / name).write_text("same")
        done = run("register", "--isolate", "ia", tmp_path / name)
        assert done.returncode == 0
    [row] = rows(done.stdout)
    assert (row["status"], row["message"]) == ("renamed", "filename: 'b.vcf' given, 'a.vcf' tracked")


def test_study_is_registered_and_again_changes_nothing(tracking_service, study, tmp_path):
    report = tmp_path / "report.tsv"
    dry = run("register", "--create", "--manifest", study, "--dry-run")
    assert (dry.returncode, statuses(dry), writes(tracking_service)) == (0, ["would-create"] * 3, [])
    first = run("register", "--create", "--manifest", study, "--report", report)
    assert (first.returncode, statuses(first), told(first)) == (0, ["created"] * 3, ["3 created"])
    assert report.read_text(encoding="utf-8") == first.stdout
    sent = len(writes(tracking_service))
    again = run("register", "--manifest", study, "--jobs", "1", "--report", report, "--format", "jsonl")
    assert again.returncode == 0
    assert [row["status"] for row in rows(report.read_text(encoding="utf-8"))] == ["existing"] * 3
    assert len(run("list", "--isolate", "ia", "--experiment", "ea").stdout.splitlines()) == 3
    assert sent == 5


def test_conflict_is_told_and_the_rest_is_registered(tracking_service, study):
    other = tracking_service.sample("other")
    api_for(tracking_service.host).samples_id_files_post(other, study.parent / "b.vcf")
    done = run("register", "--create", "--manifest", study)
    assert (done.returncode, statuses(done)) == (4, ["created", "created", "conflict"])
    conflict, summary = told(done)
    assert "b.vcf" in conflict
    assert "study.tsv:4" in conflict
    assert summary == "2 created, 1 conflict"


def test_swapped_samples_are_conflicts_on_standard_error(tracking_service, study):
    assert run("register", "--create", "--manifest", study).returncode == 0
    text = study.read_text(encoding="utf-8")
    study.write_text(text.replace("ia\tea", "X").replace("ib\t", "ia\tea").replace("X", "ib\t"), encoding="utf-8")
    done = run("register", "--manifest", study)
    assert (done.returncode, statuses(done)) == (4, ["conflict"] * 3)
    assert len(told(done)) == 4


def test_paths_are_found_below_root(tracking_service, study, tmp_path):
    moved = tmp_path / "tables"
    moved.mkdir()
    study = study.rename(moved / study.name)
    assert run("register", "--create", "--manifest", study).returncode == 65
    assert run("register", "--create", "--manifest", study, "--root", tmp_path).returncode == 0


@pytest.mark.parametrize(
    "text",
    [
        "isolate\tpath\nia\t\n",
        "isolate\tpath\n",
        "nothing\n",
        "isolate\texperiment\tpath\n\t\ta.vcf\n",
        "isolate\tpath\nia\ta.vcf\nib\ta.vcf\n",
        "",
    ],
)
def test_invalid_table_is_found_before_anything_is_written(tracking_service, tmp_path, text):
    table = tmp_path / "study.tsv"
    table.write_text(text)
    done = run("register", "--create", "--manifest", table)
    assert done.returncode == 65
    assert told(done)
    assert writes(tracking_service) == []


def test_manifest_that_contradicts_the_arguments_is_an_error(tracking_service, study):
    done = run("register", "--create", "--manifest", study, "--isolate", "ia")
    assert (done.returncode, done.stdout) == (65, "")
    [message] = told(done)
    assert "study.tsv:4" in message
    assert "--isolate" in message
    assert writes(tracking_service) == []


def test_hint_names_the_option_of_the_command(tracking_service, study):
    tracking_service.sample("ia")
    done = run("register", "--isolate", "ia", "--experiment", "ea", study.parent / "a_R1.fastq.gz")
    assert (done.returncode, statuses(done)) == (4, ["conflict"])
    assert "--create" in told(done)[0]
    assert "create=True" not in done.stdout + done.stderr


def test_two_at_once_register_each_file_once(tmp_path):
    for number in range(60):
        (tmp_path / f"{number}.vcf").write_text(f"{number}")
    with running_service(tmp_path / "tracking.sqlite") as host:
        arguments = ["--host", host, "register", "--create", "--isolate", "ia", tmp_path]
        together = in_parallel(arguments, arguments)
        assert [done.returncode for done in together] == [0, 0]
        assert sorted(statuses(together[0]) + statuses(together[1])) == ["created"] * 60 + ["existing"] * 60
        assert len(run("--host", host, "list", "--isolate", "ia").stdout.splitlines()) == 61


def in_parallel(*commands):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(len(commands)) as pool:
        return list(pool.map(lambda arguments: run(*arguments), commands))


def test_check_tells_what_differs(tracking_service, study, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    for name in ("same.vcf", "changed.vcf", "old.vcf", "gone.vcf", "theirs.vcf"):
        (folder / name).write_text(name)
    assert run("register", "--create", "--isolate", "other", folder / "theirs.vcf").returncode == 0
    mine = [folder / name for name in ("same.vcf", "changed.vcf", "old.vcf", "gone.vcf")]
    assert run("register", "--create", "--isolate", "ia", *mine).returncode == 0
    assert run("check", "--isolate", "ia", *mine).returncode == 0
    (folder / "changed.vcf").write_text("another content")
    (folder / "old.vcf").rename(folder / "renamed.vcf")
    (folder / "gone.vcf").unlink()
    (folder / "new.vcf").write_text("new")
    done = run("check", folder, "--isolate", "ia")
    expected = {
        "changed.vcf": "changed", "new.vcf": "unregistered", "renamed.vcf": "renamed", "same.vcf": "same",
        "theirs.vcf": "conflict", "gone.vcf": "missing",
    }  # fmt: skip
    assert done.returncode == 4
    assert {row["name"] or row["path"].rpartition("/")[2]: row["status"] for row in rows(done.stdout)} == expected
    assert run("check", folder, "--isolate", "ia", "--exclude", "theirs.vcf").returncode == 3
    assert run("check", folder / "renamed.vcf", "--isolate", "ia", "--only", "renamed").returncode == 3
    assert told(run("check", folder, "--isolate", "nobody")) == ["there is no isolate 'nobody'"]
    assert run("check", folder, "--isolate", "nobody").returncode == 1
    assert run("check", folder).returncode == 2


def test_check_of_a_manifest(tracking_service, study):
    assert run("register", "--create", "--manifest", study).returncode == 0
    done = run("check", "--manifest", study)
    assert (done.returncode, statuses(done)) == (0, ["same"] * 3)
    (study.parent / "b.vcf").write_text("damaged")
    done = run("check", "--manifest", study)
    assert (done.returncode, statuses(done)) == (3, ["same", "same", "changed"])


def test_delete_undoes_a_registration(tracking_service, study, tmp_path):
    report = tmp_path / "report.tsv"
    paths = sorted(study.parent.glob("*.fastq.gz"))
    assert run("register", "--create", "--isolate", "wrong", *paths, "--report", report).returncode == 0
    arguments = ["delete", "--isolate", "wrong", "--manifest", report]
    assert run(*arguments, input="y\n").returncode == 2  # there is no terminal
    assert writes(tracking_service)[-1].startswith("POST")
    code, shown = run_on_terminal(*arguments, input=b"n\n")
    assert (code, b"2 records" in shown, b"wrong" in shown) == (1, True, True)
    done = run(*arguments, "--yes")
    assert (done.returncode, statuses(done)) == (0, ["deleted", "deleted"])
    assert {row["md5sum"] for row in rows(done.stdout)} == {hashlib.md5(p.read_bytes()).hexdigest() for p in paths}
    assert all(path.exists() for path in paths)
    assert run(*arguments, "--yes").returncode == 3


def test_delete_counts_the_files_that_it_skips(tracking_service, tmp_path):
    tracking_service.sample("ia")
    (tmp_path / "new.vcf").write_text("new")
    (tmp_path / "run_17.md5").write_text(f"{1:032x}  deleted_before.vcf\n{2:032x}  new.vcf\n")
    done = run("delete", "--isolate", "ia", "--yes", "--manifest", "run_17.md5", "--min-age", "1h", cwd=tmp_path)
    assert (done.returncode, told(done)[-1]) == (3, "1 skipped, 1 untracked")


def test_delete_of_a_manifest_without_md5sums_deletes_nothing(tracking_service, study):
    assert run("register", "--create", "--manifest", study).returncode == 0
    done = run("delete", "--isolate", "ia", "--manifest", study, "--yes")
    assert (done.returncode, done.stdout) == (65, "")
    assert not any(write.startswith("DELETE") for write in writes(tracking_service))


def test_delete_of_a_report_deletes_what_its_run_created(tracking_service, study, tmp_path):
    report = tmp_path / "report.tsv"
    assert run("register", "--create", "--isolate", "ib", study.parent / "b.vcf").returncode == 0
    done = run("register", "--create", "--manifest", study, "--report", report)
    assert statuses(done) == ["created", "created", "existing"]
    done = run("delete", "--manifest", report, "--yes")
    assert (done.returncode, statuses(done)) == (0, ["deleted", "deleted"])
    assert told(done) == ["2 deleted, 1 left alone, for their status is not created"]
    assert len(run("list", "--isolate", "ib").stdout.splitlines()) == 2
    again = run("register", "--create", "--manifest", study, "--report", report)
    assert statuses(again) == ["created", "created", "existing"]
    assert run("register", "--manifest", study, "--report", report).returncode == 0
    done = run("delete", "--manifest", report, "--yes")
    assert (done.returncode, statuses(done), len(told(done))) == (0, [], 1)


@pytest.mark.parametrize("name", ["STATUS", "Status "])
def test_delete_of_a_report_that_was_edited_deletes_what_its_run_created(tracking_service, study, tmp_path, name):
    report = tmp_path / "report.tsv"
    assert run("register", "--create", "--isolate", "ib", study.parent / "b.vcf").returncode == 0
    run("register", "--create", "--manifest", study, "--report", report)
    report.write_text(report.read_text(encoding="utf-8").replace("status", name, 1), encoding="utf-8")
    assert statuses(run("delete", "--manifest", report, "--yes")) == ["deleted", "deleted"]


def test_delete_of_a_report_of_several_samples(tracking_service, study, tmp_path):
    report = tmp_path / "report.tsv"
    assert run("register", "--create", "--manifest", study, "--report", report).returncode == 0
    done = run("delete", "--manifest", report, "--yes")
    assert (done.returncode, statuses(done), told(done)) == (0, ["deleted"] * 3, ["3 deleted"])


@pytest.mark.parametrize("given", ["isolate", "experiment", "sample"])
def test_row_that_contradicts_the_sample_ends_delete_before_it_begins(tracking_service, study, tmp_path, given):
    report = tmp_path / "report.tsv"
    done = run("register", "--create", "--manifest", study, "--report", report)
    value = rows(done.stdout)[2]["sample"] if given == "sample" else "other"
    done = run("delete", f"--{given}", value, "--manifest", report, "--yes")
    assert (done.returncode, done.stdout) == (65, "")
    [message] = told(done)
    assert "report.tsv:2" in message
    assert f"--{given}" in message
    assert not any(write.startswith("DELETE") for write in writes(tracking_service))


def test_delete_without_any_sample_is_an_error(tracking_service):
    assert run("delete", "--yes", "0" * 32).returncode == 2
    done = run("delete", "--yes", "--manifest", "-", input=f"{'0' * 32}  a.vcf\n")
    assert (done.returncode, done.stdout) == (65, "")
    assert "sample" in told(done)[0]
    assert tracking_service.requests == []


def test_failed_and_conflicting_rows_of_a_report_do_not_keep_delete_from_the_others(tracking_service, study, tmp_path):
    report = tmp_path / "report.tsv"
    other = tracking_service.sample("other")
    api_for(tracking_service.host).samples_id_files_post(other, study.parent / "b.vcf")
    paths = [study.parent / name for name in ("a_R1.fastq.gz", "b.vcf", "missing.vcf")]
    done = run("register", "--create", "--isolate", "ia", *paths, "--report", report)
    assert statuses(done) == ["created", "conflict", "failed"]
    done = run("delete", "--manifest", report, "--yes")
    assert (done.returncode, statuses(done)) == (0, ["deleted"])
    assert run("list", "--sample", other).stdout.count("b.vcf") == 1


@pytest.mark.parametrize("option", ["--isolate", "--experiment"])
def test_word_for_a_missing_value_is_no_name(tracking_service, study, option):
    for arguments in (
        ["register", option, "NA", "--create", study.parent / "b.vcf"],
        ["sample", "create", option, "-"],
    ):
        done = run(*arguments)
        assert done.returncode == 65
        assert "stands for a missing value" in done.stderr
    assert writes(tracking_service) == []
