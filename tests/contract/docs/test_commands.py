"""What the pages tell people to type exists: verbs of the Makefile, commands and options of leadline, examples."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from leadline.cli.main import cli
from leadline.problems import errors
from leadline.reconcile.parse import find_problems
from leadline.search import check_matrix

from .pages import ROOT, Block, blocks, name, pages

VERBS = set(re.findall(r"^([a-z0-9-]+):(?!=)", (ROOT / "Makefile").read_text(), re.MULTILINE))
SPOKEN = re.compile(r"`([^`\n]+)`")


def _lines(page: Path) -> Iterator[str]:
    """What a person might copy: lines of code blocks, and code within sentences."""
    text = page.read_text()
    for block in blocks(page):
        if block.language in ("", "sh", "bash", "shell", "console"):
            yield from (line.removeprefix("$ ") for line in block.text.replace("\\\n", " ").splitlines())
    yield from (line.strip() for line in text.splitlines() if line.startswith("    "))
    yield from SPOKEN.findall(text)


def _commands(page: Path, program: str) -> list[list[str]]:
    found = []
    for line in _lines(page):
        words = _split(line.split(" #")[0].split(" | ")[0])
        if words[:1] == [program] and len(words) > 1:
            found.append(words[1:])
    return found


def _split(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:  # a sentence with an apostrophe
        return []


@pytest.mark.parametrize("page", pages(), ids=name)
def test_verbs_of_make_exist(page: Path) -> None:
    named = {
        word for words in _commands(page, "make") for word in words if re.fullmatch(r"[a-z][a-z0-9-]*", word)
    }
    assert named - VERBS == set()


def test_every_verb_explains_itself() -> None:
    text = (ROOT / "Makefile").read_text()
    sentences = dict(re.findall(r"^([a-z0-9-]+):.*?## (.+)$", text, re.MULTILINE))
    assert VERBS - set(sentences) == set()
    assert [verb for verb, sentence in sentences.items() if not sentence.endswith(".")] == []


@pytest.mark.parametrize("page", pages(), ids=name)
def test_commands_and_options_of_leadline_exist(page: Path) -> None:
    wrong = [problem for words in _commands(page, "leadline") if (problem := _problem(words))]
    wrong += [
        problem
        for words in _commands(page, "kubectl")
        if words[0] == "leadline" and len(words) > 1 and (problem := _problem(words[1:]))
    ]
    assert wrong == []


def _problem(words: list[str]) -> str:
    """What is wrong with a command line, as far as its words tell; placeholders such as COMMAND are in capitals."""
    if words[0].startswith("-") or words[0].isupper() or words[0] in ("…", "..."):
        return ""
    context = click.Context(cli)
    command = cli.get_command(context, words[0]) if isinstance(cli, click.Group) else None
    if command is None:
        return f"leadline has no command {words[0]}"
    known = {text for parameter in command.get_params(click.Context(command)) for text in parameter.opts}
    for word in words[1:]:
        option = word.partition("=")[0]
        if option.startswith("-") and option != "-" and option not in known and option[:2] not in known:
            return f"leadline {words[0]} has no option {option}"
    return ""


@pytest.mark.parametrize("page", pages(), ids=name)
def test_examples_that_are_named_exist(page: Path) -> None:
    named = set(re.findall(r"examples/[\w./-]*\w", page.read_text()))
    assert {path for path in named if not (ROOT / path).exists()} == set()


def _yaml_blocks() -> list[Block]:
    return [block for page in pages() for block in blocks(page) if block.language == "yaml"]


@pytest.mark.parametrize("block", _yaml_blocks(), ids=str)
def test_groups_and_matrices_on_the_pages_are_valid(block: Block) -> None:
    for document in yaml.safe_load_all(block.text):
        if not isinstance(document, dict):
            continue
        if document.get("kind") == "OptimizationGroup":
            assert errors(find_problems(document)) == ()
        matrix = _matrix_of(document)
        if matrix is not None:
            assert errors(check_matrix(matrix)) == ()


def _matrix_of(document: dict[str, Any]) -> dict[str, Any] | None:
    for part in (document.get("matrix"), (document.get("spec") or {}).get("matrix")):
        if isinstance(part, dict):
            return part
    return None
