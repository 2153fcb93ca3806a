"""The frame of the command line: a quick start, one line for an error, statuses that scripts can rely on."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from leadline import __version__
from leadline.cli import main
from leadline.cli.main import EXIT_STATUSES, SECTIONS, cli

NAMES = [name for section in SECTIONS.values() for name in section]
HEAVY = ("numpy", "scipy", "sklearn", "kopf", "kubernetes", "aiohttp", "yaml", "jinja2", "rich", "sqlite3")
LEADLINE = Path(sys.executable).with_name("leadline")


def command(name: str) -> click.Command:
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    return found


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]], ids=" ".join)
def test_help_imports_nothing_heavy_and_none_of_the_commands(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        "from leadline.cli.main import cli\n"
        f"cli.main({arguments!r}, standalone_mode=False)\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(answer.stderr.split())

    assert {name for name in (*HEAVY, "asyncio") if name in loaded} == set()
    assert {name for name in loaded if name.startswith("leadline.")} == {"leadline.cli", "leadline.cli.main"}


@pytest.mark.parametrize("name", NAMES)
def test_a_commands_help_imports_nothing_heavy(name: str) -> None:
    code = (
        "import sys\n"
        "from leadline.cli.main import cli\n"
        f"cli.main([{name!r}, '--help'], standalone_mode=False)\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert {module for module in HEAVY if module in answer.stderr.split()} == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_command_says_what_it_does_and_has_examples(name: str) -> None:
    found = command(name)
    answer = CliRunner().invoke(cli, [name, "--help"])

    assert answer.exit_code == 0
    assert found.help
    assert "Examples:" in answer.stdout
    assert f"leadline {name}" in (found.epilog or "")
    assert all(isinstance(p, click.Argument) or getattr(p, "help", None) for p in found.params)


def test_help_lists_every_command_in_one_line() -> None:
    lines = [line.split() for line in CliRunner().invoke(cli, ["--help"]).stdout.splitlines()]

    for section in SECTIONS.values():
        assert all([name, *text.split()] in lines for name, text in section.items())


def test_help_names_every_exit_status() -> None:
    text = CliRunner().invoke(cli, ["-h"]).stdout

    assert all(f"{status}  {meaning}" in text for status, meaning in EXIT_STATUSES.items())


def test_the_version_is_the_packages() -> None:
    assert CliRunner().invoke(cli, ["--version"]).stdout == f"leadline {__version__}\n"


def test_a_misspelt_command_is_told_with_the_one_that_is_meant() -> None:
    answer = CliRunner().invoke(cli, ["trails"])

    assert answer.exit_code == 2
    assert "Did you mean 'trials'?" in answer.stderr


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Exception:
    """``leadline crd`` fails with a bug."""
    module = importlib.import_module("leadline.cli.crd")
    bug = RuntimeError("two and two are five")

    @click.command()
    def command() -> None:
        """Fail."""
        raise bug

    monkeypatch.setattr(module, "command", command)
    return bug


def test_a_bug_is_one_line_and_no_traceback(broken: Exception) -> None:
    answer = CliRunner().invoke(cli, ["crd"])

    assert answer.exit_code == 3
    assert answer.stderr.count("\n") == 1
    assert "RuntimeError: two and two are five" in answer.stderr
    assert "--debug" in answer.stderr


def test_debug_shows_where_it_arose(broken: Exception) -> None:
    answer = CliRunner().invoke(cli, ["crd", "--debug"])

    assert "Traceback" in answer.stderr
    assert "in command" in answer.stderr


def test_ctrl_c_ends_with_130_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "main", interrupted)
    with pytest.raises(SystemExit) as ended:
        main.main()

    assert ended.value.code == 130
    assert "Traceback" not in capfd.readouterr().err


def test_the_status_that_a_command_returns_is_the_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["leadline", "simulate", "nowhere.yaml"])
    with pytest.raises(SystemExit) as ended:
        main.main()

    assert ended.value.code == 2


def test_as_a_plugin_it_calls_itself_kubectl_leadline(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/kubectl-leadline", "--help"])
    with pytest.raises(SystemExit) as ended:
        main.main()

    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("Usage: kubectl leadline ")


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    shell = f"{LEADLINE} crd | head -1"
    answer = subprocess.run(["sh", "-c", shell], capture_output=True, text=True)

    assert answer.stdout.startswith("apiVersion:")
    assert answer.stderr == ""


def test_shells_are_given_completions() -> None:
    environment = {
        "_LEADLINE_COMPLETE": "bash_complete",
        "COMP_WORDS": "leadline su",
        "COMP_CWORD": "1",
        "PATH": "/usr/bin:/bin",
    }
    answer = subprocess.run([LEADLINE], env=environment, capture_output=True, text=True)

    assert answer.stdout.split() == ["plain,suspend"]
