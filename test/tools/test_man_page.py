"""The man page, which tox makes from the parser (docs/cli.md)."""

from __future__ import annotations

import argparse
import configparser
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tracking_client.cli.arguments import parser

pytest.importorskip("argparse_manpage")

ROOT = Path(__file__).parent.parent.parent


def commands(root: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield the parser of each command, and of those below it."""
    for action in root._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield command
                yield from commands(command)


@pytest.fixture
def page(tmp_path) -> Path:
    """Return the man page that the command of tox.ini makes."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / "tox.ini")
    program, *arguments = shlex.split(settings["testenv:manpage"]["commands"])
    assert program == "argparse-manpage"
    script = "from argparse_manpage.cli import main; main()"
    subprocess.run([sys.executable, "-c", script, *arguments], cwd=tmp_path, check=True, timeout=60)
    return tmp_path / "tracking-client.1"


def test_man_page_names_each_command_and_option(page):
    text = page.read_text(encoding="utf-8").replace("\\-", "-").replace("\\,", "").replace("\\/", "")
    all_commands = list(commands(parser()))
    assert len(all_commands) > 15
    for command in all_commands:
        assert f".SH COMMAND \\fI'{command.prog}'\\fR" in text
        options = [
            each
            for action in command._actions
            for each in action.option_strings
            if each[:2] == "--" and each != "--help"
        ]
        assert [each for each in options if f"\\fB{each}\\fR" not in text] == []
    assert ".SH NAME\ntracking-client - " in text
    assert "exit codes:" in text


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_man_page_can_be_typeset(page):
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", page], capture_output=True, check=False, timeout=60)
    assert done.returncode == 0
    # Bold letters are printed twice, with a backspace.
    assert "tracking-client known" in re.sub(".\b", "", done.stdout.decode())


def test_installation_does_not_need_the_tool():
    assert "argparse-manpage" not in (ROOT / "setup.py").read_text(encoding="utf-8")
    assert "argparse-manpage" not in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
