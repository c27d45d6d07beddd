"""How commands and their arguments are declared.

A command is a function that adds its arguments. Its docstring is the help: what the command does, and examples.
"""

from __future__ import annotations

from argparse import SUPPRESS, Action, ArgumentError, ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from typing import Any

Declaration = Callable[[ArgumentParser], None]
Words = Sequence[str]
Codes = Sequence[int]


class Command:
    """Declares a command by the function that adds its arguments, as a decorator.

    The name of the command is that of the function: ``sample_find`` declares the command ``sample find``.

    Args:
        run: the function that runs it, with its module, such as ``service.run_ping``. The module is imported when the
            command is used. Empty if there are only commands below it.
        columns: the columns of its output.
        statuses: the statuses of its rows.
        codes: its exit codes.
        is_client: whether it accepts the common options.

    Attributes:
        add_arguments: adds its arguments.
    """

    add_arguments: Declaration

    # No named tuple, because that takes a twentieth of the time of the help: it starts the compiler.
    def __init__(
        self, run: str = "", columns: Words = (), statuses: Words = (), codes: Codes = (), is_client: bool = True
    ) -> None:
        self.run, self.columns, self.statuses, self.codes, self.is_client = run, columns, statuses, codes, is_client

    def __call__(self, add_arguments: Declaration) -> Declaration:
        self.add_arguments = add_arguments
        COMMANDS[add_arguments.__name__.strip("_").replace("_", " ")] = self
        return add_arguments

    @property
    def description(self) -> str:
        """What it does, as a sentence."""
        return " ".join(self._paragraphs()[0].split())

    @property
    def summary(self) -> str:
        """What it does, for a list of commands."""
        return self.description[:1].lower() + self.description[1:].rstrip(".")

    @property
    def examples(self) -> list[str]:
        """How it is used."""
        return [" ".join(line.split()) for line in self._paragraphs()[1].splitlines() if line.strip()]

    def _paragraphs(self) -> list[str]:
        return (self.add_arguments.__doc__ or "\n\n").split("\n\n")  # Python leaves docstrings out with -OO


COMMANDS: dict[str, Command] = {}
"""By name, such as ``known`` or ``sample find``."""


class _Once(Action):
    """Stores the value of an option that is given once: a second value would replace the first without a word.

    Not of a common option, which has no default: an alias of the command may have it, too.
    """

    def __call__(self, parser: ArgumentParser, namespace: Namespace, values: Any, option_string: Any = None) -> None:
        is_once = self.option_strings and self.default is not SUPPRESS
        if is_once and getattr(namespace, self.dest, self.default) is not self.default:
            raise ArgumentError(self, "it is given twice")
        setattr(namespace, self.dest, values)


def option(target: Any, name: str, metavar: str | None, help: str, **settings: Any) -> None:
    """Add an option with a value, or a positional argument, to a parser or a group."""
    target.add_argument(name, metavar=metavar, help=help, **{"action": _Once, **settings})


def options(target: Any, name: str, metavar: str, help: str, **settings: Any) -> None:
    """Add an option that takes several values, and can be given several times, to a parser or a group."""
    target.add_argument(name, metavar=metavar, help=help, nargs="+", action="extend", default=[], **settings)


def flag(target: Any, *names: str, help: str, **settings: Any) -> None:
    """Add an option without a value to a parser or a group."""
    target.add_argument(*names, help=help, **{"action": "store_true", **settings})
