"""Wrong arguments: a hostile one is shown escaped in the message, whichever part of the parser rejects it."""

from __future__ import annotations

import os

import pytest
from processes import run, run_on_terminal

pytestmark = pytest.mark.once

ESCAPES = "\x1b[31mred\x1b]0;title\x07\x9b2J\u202e\u2028\rx\ny"
SHOWN = "\\x1b[31mred\\x1b]0;title\\x07\\x9b2J\\u202e\\u2028\\rx\\ny"


@pytest.mark.parametrize(
    "arguments",
    [
        ("ping", ESCAPES),
        (f"--{ESCAPES}", "ping"),
        (ESCAPES,),
        ("sample", ESCAPES),
        ("status", ESCAPES),
        ("known", "a.vcf", f"--{ESCAPES}=b"),
        ("known", "--type", ESCAPES),
        ("known", "--md5", ESCAPES),
        ("known", "--jobs", ESCAPES),
        ("known", "--only", ESCAPES),
        ("known", "--column", ESCAPES),
        ("known", "--min-age", ESCAPES),
        ("known", "--timeout", ESCAPES),
        ("list", "--sample", ESCAPES),
        ("serve", "--port", ESCAPES),
        ("status", "set", "--isolate", "i", f"qc={ESCAPES}"),
        ("qc", "set", "--isolate", "i", "--coverage", ESCAPES),
        ("event", "add", "--isolate", "i", "QC", "--start-time", ESCAPES),
        ("event", "add", "--isolate", "i", "QC", "--duration", ESCAPES),
    ],
)
def test_hostile_argument_is_shown_escaped(arguments):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert all(each.isprintable() for each in done.stderr.replace("\n", "")), ascii(done.stderr)
    assert done.stderr.startswith("usage: ")
    assert SHOWN in done.stderr, done.stderr


def test_backslash_is_shown_as_it_is():
    assert "unrecognized arguments: C:\\x1b; " in run("ping", "C:\\x1b").stderr


def test_only_what_may_be_an_option_is_unrecognized():
    done = run("known", "a.vcf", "--bad", "b.vcf")
    assert done.returncode == 2
    assert "unrecognized arguments: --bad;" in done.stderr
    assert "after --" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="no pseudo-terminals on this system")
def test_terminal_is_not_controlled():
    code, shown = run_on_terminal("ping", b"\x1b[2J\xff")
    assert code == 2
    assert b"\x1b" not in shown
    assert b"unrecognized arguments: \\x1b[2J\\udcff" in shown
