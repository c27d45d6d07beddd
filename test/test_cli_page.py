"""The manual page of the command, docs/cli.md: made from the parser, and its sessions run.

After a change of the parser or of the exit codes, write them into the page:
``PYTHONPATH=test/support python test/test_cli_page.py``.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import pytest
from sessions import check_sessions, console_blocks

from tracking_client._wire import environment
from tracking_client.cli import arguments, exit_codes

pytestmark = pytest.mark.once


ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "cli.md"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

Parser = argparse.ArgumentParser


def commands(parser: Parser, name: str = "") -> Iterator[tuple[str, Parser]]:
    """Yield each command that can be run, by its full name."""
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not any(action.required for action in below):
        yield name, parser
    for action in below:
        for word, command in action.choices.items():
            yield from commands(command, f"{name} {word}".strip())


def own_actions(parser: Parser) -> list[argparse.Action]:
    """Return the options and arguments of a command, options first, without the common ones.

    The command ``serve`` has none of the common ones. Its ``--debug`` is its own.
    """
    others = {"help", "action"} if parser.prog.endswith(" serve") else {*arguments._DEFAULTS, "help", "action"}
    own = (action for action in parser._actions if action.dest not in others)
    return sorted(own, key=lambda action: not action.option_strings)


def value_of(action: argparse.Action) -> str:
    """Return how the value of an action is written: PATH, PATH..., or nothing."""
    if action.nargs == 0:
        return ""
    default = "{" + ",".join(action.choices) + "}" if action.choices else action.dest.upper()
    return f"{action.metavar or default}{'...' if action.nargs in ('+', '*') else ''}"


def text_of(action: argparse.Action) -> str:
    """Return the item of an option or argument in a list. One that has to be given is marked."""
    is_required = action.required if action.option_strings else action.nargs != "*"
    names = " ".join(filter(None, [", ".join(action.option_strings), value_of(action)]))
    return f"- `{names}`{' (required)' * is_required}: {action.help}\n".replace("%%", "%")


def items(actions: Iterable[argparse.Action]) -> str:
    """Return a list of options and arguments, without those that have no help."""
    text = "".join(text_of(action) for action in actions if action.help)
    return f"{text}\n" if text else ""


def titled_options(parser: Parser) -> list[tuple[str, str, str]]:
    """Return of each option of a command the title of its group in the help, its item, and its name."""
    own = own_actions(parser)
    return [
        ("sample" if group.title == "options" else group.title, text_of(action), action.option_strings[-1])
        for group in parser._action_groups
        for action in group._group_actions
        if action in own and action.option_strings and action.help
    ]


def shared_options() -> dict[str, list[str]]:
    """Return the items of the options that at least three commands have, by the title of their group."""
    options = [(title, text) for _, parser in commands(arguments.parser()) for title, text, _ in titled_options(parser)]
    counts = Counter(text for _, text in options)
    shared: dict[str, str] = {}
    for title, text in options:
        if counts[text] >= 3:
            shared.setdefault(text, title)
    return {title: [text for text in shared if shared[text] == title] for title in dict.fromkeys(shared.values())}


def shared_of(parser: Parser, shared: dict[str, list[str]]) -> str:
    """Return the shared options of a command: the title of a group of which it has all, else their names."""
    words = []
    for title, texts in shared.items():
        names = [name for _, text, name in titled_options(parser) if text in texts]
        words += [f"*{title}*"] if len(names) == len(texts) else [f"`{name}`" for name in names]
    return f"Shared: {', '.join(words)}.\n\n" if words else ""


def parts_of(parser: Parser) -> dict[str, str]:
    """Return what the help of a command says of its columns, statuses, exit codes and examples, by name."""
    parts = (part.partition(":") for part in parser.epilog.split("\n\n"))
    return {name: text.strip() for name, _, text in parts}


def examples_of(parser: Parser) -> list[str]:
    return [line.strip() for line in parts_of(parser)["examples"].splitlines()]


def section(name: str, parser: Parser) -> str:
    """Return the section of a command."""
    parts = parts_of(parser)
    shared = shared_options()
    own = [action for action in own_actions(parser) if text_of(action) not in chain(*shared.values())]
    lists = [f"{word.capitalize()}: {parts[word]}.\n\n" for word in ("columns", "statuses") if word in parts]
    example = f"    {examples_of(parser)[0]}\n\n"
    options = f"{items(own)}{shared_of(parser, shared)}"
    return f"### {name}\n\n{parser.description}\n\n{example}{options}{''.join(lists)}"


def generated() -> dict[str, str]:
    """Return the parts of the page that are generated, by name."""
    root = arguments.parser()
    common = [action for action in root._actions if action.dest in arguments._DEFAULTS]
    sections = [section(name, parser) for name, parser in commands(root)]
    codes = "".join(f"- {code}: {meaning}\n" for code, meaning in exit_codes.MEANINGS.items())
    order = ", ".join(map(str, exit_codes._BY_SEVERITY))
    return {
        "commands": "".join(sections).rstrip("\n") + "\n",
        "shared options": "\n".join(f"*{title}*:\n\n{''.join(texts)}" for title, texts in shared_options().items()),
        "options": items(common).rstrip("\n") + "\n",
        "exit codes": f"{codes}\n"
        f"If the items of a command have several outcomes, the first of these that occurs counts: {order}.\n",
    }


def current_page() -> str:
    """Return the page with its generated parts as they have to be."""
    text = PAGE.read_text(encoding="utf-8")
    for name, part in generated().items():
        begin, end = f"<!-- generated: {name} -->\n", "<!-- end -->\n"
        whole = f"{begin}\n{part}\n{end}"
        text, count = re.subn(f"{begin}.*?{end}", lambda _, whole=whole: whole, text, flags=re.DOTALL)
        assert count == 1, f"docs/cli.md has no place for the {name}"
    return text


def test_page_is_current():
    assert PAGE.read_text(encoding="utf-8") == current_page(), "the docstring of this file tells what to run"


@pytest.mark.parametrize(("name", "parser"), list(commands(arguments.parser())))
def test_examples_of_each_command_are_valid(name, parser):
    assert examples_of(parser)
    for example in examples_of(parser):
        words = shlex.split(re.split(r" [>|] ", example)[0])
        words = [word for word in words if not word.startswith("TRACKING_CLIENT_")]
        assert words[: 1 + len(name.split())] == ["tracking-client", *name.split()]
        assert arguments.parse(words[1:]).command == name.split()[0]


def test_page_lists_the_environment_variables():
    listed = re.findall(r"^- `([A-Z]+_[A-Z_]+)`:", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name in listed if name != "NO_COLOR"] == list(environment._VARIABLES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_sessions_of_page_run(page, host, tmp_path):
    sessions = console_blocks(page)
    servers = [block for block in sessions if block.startswith("$ tracking-client serve")]
    for block in servers:
        check_server(block, tmp_path)
    check_sessions([block for block in sessions if block not in servers], host, tmp_path)


def check_server(block: str, directory: Path) -> None:
    """Run a command that does not end by itself, compare what it prints, and terminate it."""
    command, *expected = block.splitlines()
    port = re.search(r"--port (\d+)", command)[1]
    # The port in the page may be in use; 0 selects a free one.
    words = command[2:].replace(f"--port {port}", "--port 0").split()
    process = subprocess.Popen(
        [os.path.join(os.path.dirname(sys.executable), words[0]), *words[1:]],
        cwd=directory,
        stdout=subprocess.PIPE,
        text=True,
    )
    printed = process.stdout.readline().strip()
    process.terminate()
    process.communicate(timeout=20)
    assert [re.sub(r":\d+/", f":{port}/", printed)] == expected


if __name__ == "__main__":
    PAGE.write_text(current_page(), encoding="utf-8")
