"""What the commands take: folders, lists of paths, patterns, ages, and manifests of all kinds."""

from __future__ import annotations

import hashlib
import os
import subprocess
import threading
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from processes import COMMAND, rows, run, statuses, told

from tracking_client._disk.patterns import matches
from tracking_client.bulk import COLUMN_NAMES
from tracking_client.cli.argument_types import COLUMN_KINDS

MANIFESTS = Path(__file__).parents[1] / "bulk" / "manifests"
NAMES = ["a.vcf", "it's.vcf", 'a "b".fastq', "$(touch ran).vcf", "-17A.fq", "x{y}.vcf", "two\nlines.vcf", " blank .vcf"]

pytestmark = pytest.mark.once


@pytest.fixture
def run_17(tmp_path):
    """Return a folder with files of all kinds of names."""
    folder = tmp_path / "run_17"
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_text(name)
    return folder


def known(*arguments, **settings):
    return run("known", "--columns", "path", "--print0", *arguments, **settings)


def paths_of(done) -> list[str]:
    return done.stdout.split("\0")[:-1]


def test_folder_stands_for_the_fastq_and_vcf_below_it(tracking_service, run_17):
    (run_17 / "sub").mkdir()
    for name in ("sub/b.fastq.gz", "sub/b.bam", "notes.txt", "m.md5"):
        (run_17 / name).write_text(name)
    done = known(run_17)
    assert done.returncode == 3
    assert paths_of(done) == sorted(str(run_17 / name) for name in [*NAMES, "sub/b.fastq.gz"])


def test_folder_without_fastq_or_vcf_is_a_failure(tracking_service, tmp_path):
    (tmp_path / "empty").mkdir()
    done = run("known", tmp_path / "empty")
    assert (done.returncode, statuses(done)) == (65, ["failed"])
    assert str(tmp_path / "empty") in told(done)[0]


@pytest.mark.parametrize("source", ["-", "list"])
def test_list_of_paths_that_end_with_nul(tracking_service, run_17, source):
    text = "\0".join([*NAMES, ""])
    (run_17 / "list").write_text(text)
    done = known("--files-from", source, "--null", input=text, cwd=run_17)
    assert (done.returncode, paths_of(done)) == (3, NAMES)


def test_list_of_paths_on_lines(tracking_service, run_17):
    names = [name for name in NAMES if "\n" not in name]
    for line_end in ("\n", "\r\n"):
        done = known("--files-from", "-", input=line_end.join(names), cwd=run_17)
        assert (done.returncode, paths_of(done)) == (3, names)


def test_standard_input_is_read_once(tracking_service):
    for arguments in (["--files-from", "-", "--manifest", "-"], ["--manifest", "-", "-"]):
        done = run("known", *arguments, input=f"{'0' * 32}\n")
        assert (done.returncode, done.stdout) == (2, "")
        assert "standard input" in told(done)[0]


@pytest.mark.parametrize("arguments", [["--files-from", "-"], ["--manifest", "-"]])
def test_standard_input_that_is_closed_is_told(tracking_service, arguments):
    command = ["bash", "-c", '"$@" <&-', "bash", *COMMAND, "known", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, told(done)) == (2, ["standard input is closed"])


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (["--files-from", "-"], "--null"),
        (["a.vcf", "--null"], "--files-from"),
        (["--files-from", "study.tsv"], "--manifest"),
    ],
)
def test_option_that_does_not_fit_the_list_of_paths_is_told(tracking_service, run_17, arguments, option):
    (run_17 / "study.tsv").write_text("a.vcf\n")
    done = run("known", *arguments, input="a.vcf\0b.vcf\0", cwd=run_17)
    assert (done.returncode, done.stdout, tracking_service.requests) == (2, "", [])
    assert option in told(done)[0]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--files-from", "-"],
        ["--manifest", "-"],
        ["--manifest", "header.tsv"],
        ["run_17", "--include", "*.bam"],
        ["run_17", "--exclude", "**"],
    ],
)
@pytest.mark.parametrize("command", [["known"], ["register", "--isolate", "i1"]])
def test_nothing_at_all_is_65(tracking_service, run_17, arguments, command):
    (run_17.parent / "header.tsv").write_text("md5sum\tpath\n")
    done = run(*command, *arguments, cwd=run_17.parent)
    assert (done.returncode, done.stdout) == (65, "")
    assert told(done)
    assert tracking_service.requests == []


def test_files_that_were_changed_just_now_are_skipped(tracking_service, run_17):
    old = run_17 / "a.vcf"
    os.utime(old, (time.time() - 3600,) * 2)
    done = run("known", run_17, "--min-age", "10m")
    assert (done.returncode, [row["path"] for row in rows(done.stdout)]) == (3, [str(old)])
    *skipped, summary = told(done)
    assert len(skipped) == len(NAMES) - 1
    assert summary == f"1 untracked, {len(NAMES) - 1} skipped"
    done = run("known", run_17, "--min-age", "1d")
    assert (done.returncode, done.stdout) == (75, "")
    assert run("known", run_17, "--min-age", "-5").returncode == 2


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--include", "*.vcf"], ["a.vcf", "b.vcf", "sub/c.vcf"]),
        (["--include", "sub/*"], ["sub/c.vcf", "sub/d.fastq"]),
        (["--exclude", "sub/**", "--exclude", "a.*"], ["b.vcf"]),
        (["--include", "*.vcf", "--exclude", "[ab].vcf"], ["sub/c.vcf"]),
        (["--include", "[!a].vcf", "--include", "?.fastq"], ["b.vcf", "sub/c.vcf", "sub/d.fastq"]),
    ],
)
def test_patterns_choose_paths(tracking_service, tmp_path, arguments, expected):
    (tmp_path / "run" / "sub").mkdir(parents=True)
    for name in ("a.vcf", "b.vcf", "sub/c.vcf", "sub/d.fastq"):
        (tmp_path / "run" / name).write_text(name)
    done = known("run", *arguments, cwd=tmp_path)
    assert paths_of(done) == [f"run/{name}" for name in expected]


TOKENS = ["**/", "**", "*", "?", "/", "a", "b", ".", "[ab]", "[!a]", "[", "]", "\\", "\n", "é"]


def simple_match(pattern: list[str], text: str) -> bool:
    """Return whether a whole text matches a pattern, token by token."""
    if not pattern:
        return not text
    token, *rest = pattern
    ends = range(len(text) + 1)
    if token == "**":
        return any(simple_match(rest, text[end:]) for end in ends)
    if token == "**/":
        return any(simple_match(rest, text[end:]) for end in ends if end == 0 or text[end - 1] == "/")
    if token == "*":
        return any(simple_match(rest, text[end:]) for end in ends if "/" not in text[:end])
    first = {"?": text[:1] != "/", "[ab]": text[:1] in "ab", "[!a]": text[:1] not in "a/"}.get(token, text[:1] == token)
    return bool(text) and first and simple_match(rest, text[1:])


def simple_tokens(pattern: str) -> list[str]:
    tokens = []
    while pattern:
        tokens.append(next((token for token in TOKENS if pattern.startswith(token)), pattern[0]))
        pattern = pattern[len(tokens[-1]) :]
    return tokens


@given(st.lists(st.sampled_from(TOKENS[:10] + TOKENS[12:]), max_size=6).map("".join), st.text("ab./\n\\é", max_size=8))
@example("**/a", "a")
@example("*", "a/b")
@example("", "")
@example("./a/", "b/a/c")
def test_patterns_are_those_of_a_simple_model(pattern, path):
    tokens = simple_tokens(pattern.removeprefix("./") + ("**" if pattern.endswith("/") else ""))
    shown = path.removeprefix("./")
    slashes = [index for index, character in enumerate(shown) if character == "/"]
    starts = [0, *(index + 1 for index in slashes)]
    expected = any(simple_match(tokens, shown[start:]) for start in starts)
    assert matches(path, [pattern]) == expected


@pytest.mark.parametrize("pattern", ["[", "[]", "[z-a]", "[[]", "[a&&b]", "[!]", "[^", "(", "a{2}", "\\", "[\\]"])
def test_strange_pattern_raises_nothing(pattern):
    assert matches("x/a", [pattern, "a"])


def test_columns_of_a_table_are_chosen(tracking_service, run_17):
    assert tuple(COLUMN_NAMES) == COLUMN_KINDS
    (run_17 / "s.tsv").write_text("which\twhere\nia\ta.vcf\n")
    columns = ["--column", "isolate=which", "--column", "path=where"]
    done = run("register", "--create", "--manifest", run_17 / "s.tsv", *columns)
    assert (done.returncode, rows(done.stdout)[0]["isolate"]) == (0, "ia")
    for wrong in ("isolates=which", "isolate"):
        done = run("known", "--manifest", run_17 / "s.tsv", "--column", wrong)
        assert (done.returncode, done.stdout) == (2, "")


def test_second_column_of_one_kind_is_an_error(tracking_service, run_17):
    """One of them would be left out."""
    (run_17 / "b.vcf").write_text("b")
    (run_17 / "s.tsv").write_text("isolate\tforward\treverse\nia\ta.vcf\tb.vcf\n")
    columns = ["--column", "path=forward", "--column", "isolate=isolate", "--column", "isolate=reverse"]
    done = run("register", "--create", "--manifest", run_17 / "s.tsv", *columns)
    assert (done.returncode, done.stdout, tracking_service.requests) == (65, "", [])
    assert "two columns for the isolate: isolate, reverse" in told(done)[0]
    columns = ["--column", "path=forward", "--column", "path=reverse"]
    assert run("register", "--create", "--manifest", run_17 / "s.tsv", *columns).stdout.count("created\t") == 2


def test_table_with_unknown_columns_says_which_option_to_use(tracking_service, run_17):
    (run_17 / "s.tsv").write_text("Isolat\tDatei\nia\ta.vcf\n")
    done = run("known", "--manifest", run_17 / "s.tsv")
    assert done.returncode == 65
    assert "--column isolate=" in done.stderr
    (run_17 / "s.tsv").write_text("sample_name\tpath\nia\ta.vcf\n")
    assert "--column isolate='sample_name'" in run("known", "--manifest", run_17 / "s.tsv").stderr


def test_folder_that_does_not_exist_is_told_as_such(tracking_service, tmp_path):
    for command in ("known", "where"):
        done = run(command, tmp_path / "run_71")
        assert (done.returncode, statuses(done)) == (65, ["failed"])
        assert "there is no file or folder" in told(done)[0]


def test_encoding_and_missing_values(tracking_service, run_17):
    (run_17 / "s.csv").write_bytes("isolate,path\nNA,a.vcf\nMüller,it's.vcf\n".encode("cp1252"))
    arguments = ["register", "--create", "--manifest", run_17 / "s.csv", "--encoding", "cp1252"]
    done = run(*arguments, "--skip-bad-lines")
    assert [row["isolate"] for row in rows(done.stdout)] == ["", "Müller"]
    assert [row["isolate"] for row in rows(run(*arguments, "--missing", "none,-").stdout)] == ["NA", "Müller"]


def test_sheet_of_a_spreadsheet(tracking_service):
    pytest.importorskip("python_calamine")
    first = run("known", "--manifest", MANIFESTS / "excel.xlsx", "--skip-bad-lines")
    assert first.returncode in (3, 65)
    assert rows(first.stdout)
    assert run("known", "--manifest", MANIFESTS / "excel.xlsx", "--sheet", "1").returncode == first.returncode
    for sheet in ("none", "7"):
        done = run("known", "--manifest", MANIFESTS / "excel.xlsx", "--sheet", sheet)
        assert done.returncode == 65
        assert sheet in told(done)[0]


def test_bad_lines_are_listed_or_skipped(tracking_service, run_17):
    lines = f"md5sum\tpath\n{'0' * 32}\ta.vcf\n{'0' * 31}\tb.vcf\nx\tc.vcf\n"
    done = run("known", "--manifest", "-", input=lines)
    assert (done.returncode, done.stdout, tracking_service.requests) == (65, "", [])
    assert "line 3" in done.stderr
    assert "line 4" in done.stderr
    done = run("known", "--manifest", "-", "--skip-bad-lines", input=lines)
    assert (done.returncode, statuses(done)) == (65, ["untracked", "failed", "failed"])


@pytest.mark.parametrize("path", sorted(MANIFESTS.iterdir()), ids=lambda path: path.name)
def test_no_manifest_ends_with_a_traceback(tracking_service, path):
    done = run("known", "--skip-bad-lines", "--manifest", path)
    assert done.returncode in (3, 65)
    assert told(done)


def test_manifest_in_a_named_pipe(tracking_service, run_17):
    os.mkfifo(run_17 / "pipe")
    text = f"{hashlib.md5(b'a.vcf').hexdigest()}  run_17/a.vcf\n"
    writer = threading.Thread(target=(run_17 / "pipe").write_text, args=[text])
    writer.start()
    done = run("known", "--manifest", run_17 / "pipe", "--verify", "md5sum", cwd=run_17.parent)
    writer.join(60)
    assert (done.returncode, [row["path"] for row in rows(done.stdout)]) == (3, ["run_17/a.vcf"])


def test_manifest_of_a_process_substitution(tracking_service, run_17):
    script = '"$@" known --verify md5sum --columns path --no-header --manifest <(md5sum a.vcf) <(md5sum x{y}.vcf)'
    command = ["bash", "-c", script, "bash", *COMMAND]
    done = subprocess.run(command, cwd=run_17, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (3, "a.vcf\nx{y}.vcf\n")


@pytest.mark.slow
def test_md5sums_are_kept_in_a_cache(tracking_service, run_17, tmp_path):
    path = run_17 / "a.vcf"
    os.utime(path, (1, 1))
    time.sleep(2.1)  # what was changed just now is not kept
    cache = tmp_path / "cache.sqlite"
    first = run("known", path, "--cache-file", cache)
    assert first.returncode == 3
    assert cache.exists()
    # Only the cache has this md5sum.
    import contextlib
    import sqlite3

    with contextlib.closing(sqlite3.connect(cache)) as connection, connection:
        assert connection.execute("UPDATE md5sums SET md5sum = ?", ["1" * 32]).rowcount == 1
    for arguments, variables in (
        (["--cache-file", cache], {}),
        ([], {"TRACKING_CLIENT_CACHE": str(cache)}),
    ):
        assert rows(run("known", path, *arguments, **variables).stdout)[0]["md5sum"] == "1" * 32
    assert rows(run("known", path).stdout)[0]["md5sum"] != "1" * 32
    run("known", path, "--cache", XDG_CACHE_HOME=str(tmp_path / "xdg"))
    assert (tmp_path / "xdg" / "tracking-client" / "md5sums.sqlite").exists()


def test_cache_that_cannot_be_written_is_one_error(tracking_service, run_17):
    done = run("known", run_17, "--cache", XDG_CACHE_HOME="/dev/null/x")
    assert (done.returncode, done.stdout, tracking_service.requests) == (78, "", [])
    [message] = told(done)
    assert "/dev/null/x" in message


def test_manifest_that_names_no_file_does_not_end_the_others(tracking_service, tmp_path):
    (tmp_path / "empty.md5").write_text("")
    (tmp_path / "MD5SUMS").write_text(f"{'0' * 32}  a.vcf\n")
    manifests = ["--manifest", tmp_path / "empty.md5", tmp_path / "MD5SUMS"]
    assert run("known", *manifests).returncode == 65
    done = run("known", "--skip-bad-lines", *manifests)
    assert done.returncode == 65
    assert [(row["status"], row["path"]) for row in rows(done.stdout)] == [
        ("failed", ""),
        ("untracked", str(tmp_path / "a.vcf")),
    ]


def test_md5sum_in_another_column_says_which_option_to_use(tracking_service, run_17):
    (run_17 / "s.csv").write_text(f"isolate,path,checksum of it\nia,a.vcf,{'0' * 32}\n")
    done = run("register", "--create", "--manifest", run_17 / "s.csv")
    assert done.returncode == 65
    assert "pass --column md5sum='checksum of it' if they are of the files, else --column md5sum=" in done.stderr
    assert run("register", "--create", "--manifest", run_17 / "s.csv", "--column", "md5sum=").returncode == 0
