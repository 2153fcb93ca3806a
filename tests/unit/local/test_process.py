"""Attempts as real processes: held and released, how they end, what they leave, what reaches them."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster.waiting import wait_until
from leadline.local import gate, system
from leadline.local.command import Command
from leadline.local.errors import CannotStartError
from leadline.local.process import Exit, Files, TrialProcess, environment_of, missing_program
from leadline.local.system import Identity
from unit.local.helpers import SOURCES, is_alive, kill, open_descriptors

Make = Callable[..., Command]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files.of(tmp_path / "search.db.d", "a-0-1")


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A command in the test's own folder."""

    def build(*argv: str, **env: str) -> Command:
        return Command(argv, str(tmp_path), sys.executable, env)

    return build


def shell(make: Make, script: str) -> Command:
    return make("sh", "-c", dedent(script))


async def run(command: Command, files: Files) -> Exit:
    process = await TrialProcess.start(command, files)
    process.release()
    return await process.wait()


async def running(command: Command, files: Files) -> TrialProcess:
    """A released process that has said "up"."""
    process = await TrialProcess.start(command, files)
    process.release()
    await asyncio.to_thread(wait_until, lambda: "up" in files.log.read_text(), "the trial's word")
    return process


# --- held, released, discarded ---


async def test_nothing_of_the_command_runs_before_the_release(
    make: Make, files: Files, tmp_path: Path
) -> None:
    process = await TrialProcess.start(shell(make, "touch ran"), files)
    assert is_alive(process.identity.pid)
    # The gate waits on its pipe: without a word it can do nothing else, and gone it can't come back.
    await process.discard()
    assert not is_alive(process.identity.pid)
    assert not (tmp_path / "ran").exists()
    assert files.log.read_bytes() == b""


async def test_a_released_command_is_the_recorded_process_itself(make: Make, files: Files) -> None:
    process = await TrialProcess.start(shell(make, "echo $$"), files)
    process.release()
    assert await process.wait() == Exit(0, "Completed")
    assert files.log.read_text() == f"{process.identity.pid}\n"


async def test_a_process_is_released_only_once(make: Make, files: Files) -> None:
    process = await TrialProcess.start(make("true"), files)
    process.release()
    with pytest.raises(RuntimeError, match="already"):
        process.release()
    await process.wait()


async def test_a_held_process_that_somebody_killed_says_so(make: Make, files: Files) -> None:
    process = await TrialProcess.start(make("true"), files)
    kill(process.identity.pid)
    wait_until(lambda: not is_alive(process.identity.pid), "its end")
    process.release()
    assert (await process.wait()).reason == "Killed"


async def test_a_held_process_can_be_terminated(make: Make, files: Files, tmp_path: Path) -> None:
    process = await TrialProcess.start(shell(make, "touch ran"), files)
    assert (await process.terminate(grace=10)).reason == "Stopped"
    assert not (tmp_path / "ran").exists()
    await process.discard()


async def test_many_processes_at_once_don_t_hold_each_other(make: Make, tmp_path: Path) -> None:
    every = [Files.of(tmp_path, f"a-{number}-1") for number in range(30)]
    held = await asyncio.gather(*(TrialProcess.start(make("echo", str(n)), f) for n, f in enumerate(every)))
    for process in held:
        process.release()
    assert {(await process.wait()).code for process in held} == {0}
    assert [int(f.log.read_text()) for f in every] == list(range(30))


async def test_no_descriptor_is_left_open(make: Make, files: Files) -> None:
    await run(make("true"), files)  # the loop's own are open now
    before = open_descriptors()
    await run(make("true"), files)
    discarded = await TrialProcess.start(make("true"), files)
    await discarded.discard()
    with pytest.raises(CannotStartError):
        await TrialProcess.start(make("echo", "\0"), files)
    assert open_descriptors() == before


# --- how it ends ---


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("true", Exit(0, "Completed")),
        ("exit 3", Exit(3, "Error", "ended with exit code 3")),
        ("kill -TERM $$", Exit(143, "Error", "ended by signal 15")),
        ("sh -c 'kill -TERM $$'", Exit(143, "Error", "ended with exit code 143")),
    ],
)
async def test_an_end_reads_as_a_containers(make: Make, files: Files, script: str, expected: Exit) -> None:
    assert await run(shell(make, script), files) == expected


@pytest.mark.parametrize("script", ["kill -KILL $$", "sh -c 'kill -KILL $$'; exit $?"])
async def test_sigkill_that_we_did_not_send_is_told_apart(make: Make, files: Files, script: str) -> None:
    ended = await run(shell(make, script), files)
    assert (ended.code, ended.reason) == (137, "Killed")
    assert "memory" in ended.message


async def test_a_program_that_is_missing_says_so_in_its_log(make: Make, files: Files) -> None:
    assert (await run(make("no-such-program"), files)).code == gate.NOT_FOUND
    assert files.log.read_text() == "no-such-program can't be run: No such file or directory\n"


async def test_a_file_that_is_no_program_says_so_in_its_log(make: Make, files: Files, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no program")
    assert (await run(make("./data"), files)).code == gate.CANNOT_RUN
    assert files.log.read_text() == "./data can't be run: Permission denied\n"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"argv": ("echo", "\0")}, "null byte"),
        ({"argv": ("echo", "\ud800")}, "surrogates not allowed"),
        ({"argv": ("echo", "x" * 10_000_000)}, "Argument list too long"),
        ({"folder": "/no/such/folder"}, "No such file or directory"),
    ],
)
async def test_what_the_system_refuses_is_an_error_in_words(
    files: Files, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    fields: dict[str, object] = {
        "argv": ("echo",),
        "folder": str(tmp_path),
        "python": sys.executable,
        **change,
    }
    with pytest.raises(CannotStartError, match=rf"echo can't be started: .*{message}"):
        await TrialProcess.start(Command(**fields), files)  # type: ignore[arg-type]


# --- ending it ---


async def test_a_terminated_trial_may_save_its_work(make: Make, files: Files) -> None:
    process = await running(shell(make, "trap 'echo saved; exit 0' TERM; echo up; sleep 60 & wait"), files)
    assert await process.terminate(grace=30) == Exit(0, "Stopped")
    assert files.log.read_text() == "up\nsaved\n"


async def test_a_child_that_ignores_sigterm_is_killed_after_the_grace_period(
    make: Make, files: Files
) -> None:
    process = await running(shell(make, "trap '' TERM; echo up; while :; do sleep 60; done"), files)
    assert await process.terminate(grace=0.2) == Exit(137, "Stopped")
    assert not system.members(process.identity)


async def test_a_stopped_process_is_killed_as_well(make: Make, files: Files) -> None:
    process = await running(shell(make, "echo up; kill -STOP $$"), files)
    assert (await process.terminate(grace=0.2)).reason == "Stopped"


CHILDREN = """
    sleep 60 & echo $!
    setsid sleep 60 & echo $!
    env -i PATH="$PATH" sleep 60 & echo $!
    (trap '' TERM; sleep 60) & echo $!
    echo up
"""
"""Children: in the group, in a session of their own, without the mark, deaf to SIGTERM."""


def children(files: Files) -> list[int]:
    pids = [int(line) for line in files.log.read_text().split() if line.isdigit()]
    assert len(pids) == 4
    return pids


async def test_terminating_ends_all_it_started(make: Make, files: Files) -> None:
    process = await running(shell(make, CHILDREN + "wait"), files)
    started = children(files)
    assert all(is_alive(pid) for pid in started)
    await process.terminate(grace=0.2)
    assert not any(is_alive(pid) for pid in started)


async def test_the_end_of_the_command_is_the_end_of_all_it_started(make: Make, files: Files) -> None:
    assert await run(shell(make, CHILDREN + "exit 5"), files) == Exit(5, "Error", "ended with exit code 5")
    assert not any(is_alive(pid) for pid in children(files))


async def test_terminating_what_has_ended_by_itself_keeps_its_own_end(make: Make, files: Files) -> None:
    process = await TrialProcess.start(shell(make, "exit 4"), files)
    process.release()
    wait_until(lambda: not is_alive(process.identity.pid), "its end")  # and the loop has not heard of it yet
    assert await process.terminate(grace=10) == Exit(4, "Error", "ended with exit code 4")
    assert await process.terminate(grace=10) == Exit(4, "Error", "ended with exit code 4")


async def test_waiting_again_ends_no_group_that_got_the_number_since(make: Make, files: Files) -> None:
    process = await TrialProcess.start(make("true"), files)
    process.release()
    ended = await process.wait()
    other = await asyncio.create_subprocess_exec("sleep", "60", start_new_session=True)
    process.identity = Identity(other.pid, "gone", "gone")  # as if the number had come back
    assert await process.wait() == await process.terminate(grace=0) == ended
    assert is_alive(other.pid)
    other.kill()
    await other.wait()


async def test_a_cancelled_wait_leaves_the_trial_running(make: Make, files: Files) -> None:
    process = await running(shell(make, "echo up; sleep 60"), files)
    waiting = asyncio.create_task(process.wait())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert is_alive(process.identity.pid)
    await process.terminate(grace=0)


# --- what reaches it ---


@settings(max_examples=25)
@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), max_size=50))
def test_any_text_reaches_the_program_as_it_is(texts: list[str]) -> None:
    # Only the way through the gate: how a pipe, a log and an end behave is tested above, once.
    reads = "import json, sys; print(json.dumps(sys.argv[1:]))"
    argv = [
        sys.executable,
        "-I",
        "-S",
        gate.__file__,
        "LC_CTYPE",
        sys.executable,
        "-I",
        "-S",
        "-c",
        reads,
        *texts,
    ]
    output = subprocess.run(argv, input=gate.GO, stdout=subprocess.PIPE, check=True).stdout
    assert json.loads(output) == texts


async def test_the_environment_reaches_the_program_as_it_is(make: Make, files: Files) -> None:
    odd = {"my.name": "dots", "A-B": "dash", "EMPTY": "", "TEXT": "a b\n$(X) é", "PYTHONHOME": "/nowhere"}
    assert (await run(make("env", "-0", **odd), files)).code == 0
    seen = dict(item.split("=", 1) for item in files.log.read_text().split("\0") if item)
    assert {name: seen.get(name) for name in odd} == odd


@pytest.mark.parametrize("locale", [{}, {"LC_CTYPE": "C"}, {"LC_CTYPE": ""}])
def test_the_gate_leaves_the_locale_as_it_was(locale: dict[str, str]) -> None:
    # PEP 538: an interpreter that starts under the C locale changes LC_CTYPE for its children.
    told = f"LC_CTYPE={locale['LC_CTYPE']}" if locale else "LC_CTYPE"
    argv = [sys.executable, "-I", "-S", gate.__file__, told, "env"]
    environment = {"PATH": os.environ["PATH"], **locale}
    output = subprocess.run(argv, input=gate.GO, stdout=subprocess.PIPE, env=environment, check=True).stdout
    assert sorted(output.decode().splitlines()) == sorted(
        f"{key}={value}" for key, value in environment.items()
    )


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc, which only Linux has")
async def test_no_signal_is_ignored_or_blocked_on_its_behalf(make: Make, files: Files) -> None:
    await run(make("grep", "-E", "^Sig(Ign|Blk)", "/proc/self/status"), files)
    blocked, ignored = (int(mask, 16) for mask in files.log.read_text().split()[1::2])
    # Of the signals that programs know: what lies above (32 and on) is the C library's, and inherited from anywhere.
    # What a shell ignores for those that it starts in the background is not ours to change.
    inherited = (signal.SIGHUP, signal.SIGQUIT)
    of_the_shell = sum(1 << (s - 1) for s in inherited if signal.getsignal(s) == signal.SIG_IGN)
    assert (blocked & 0x7FFFFFFF, ignored & 0x7FFFFFFF & ~of_the_shell) == (0, 0)


async def test_its_input_is_empty_and_its_errors_stand_in_the_log(make: Make, files: Files) -> None:
    await run(shell(make, "cat; echo out; echo err >&2"), files)
    assert files.log.read_text() == "out\nerr\n"


async def test_it_leads_a_session_of_its_own(make: Make, files: Files) -> None:
    process = await running(shell(make, "echo up; sleep 60"), files)
    assert os.getsid(process.identity.pid) == os.getpgid(process.identity.pid) == process.identity.pid
    await process.terminate(grace=0)


def test_the_containers_variables_win_over_the_machines_but_not_over_leadlines_own(
    make: Make, files: Files
) -> None:
    machine = {"HOME": "/home/me", "A": "machine", "LEADLINE_PARAM_LR": "of another search", "PATH": "/bin"}
    built = environment_of(make("true", A="container", LEADLINE_TERMINATION_LOG="/x"), files, "m", machine)
    assert built == {
        "HOME": "/home/me",
        "A": "container",
        "PATH": f"{Path(sys.executable).parent}:/bin",
        "PYTHONUNBUFFERED": "1",
        "LEADLINE_TERMINATION_LOG": str(files.termination),
        "LEADLINE_PROCESS": "m",
    }


async def test_python_in_a_shell_line_is_the_chosen_interpreter(make: Make, files: Files) -> None:
    await run(shell(make, "command -v python"), files)
    assert files.log.read_text().strip() == str(Path(sys.executable).with_name("python"))


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (("sh",), ""),
        (("./tool",), ""),
        ((sys.executable,), ""),
        (("no-such-program",), "this machine has no program 'no-such-program'"),
        (("./data",), "this machine has no program './data'"),
        (("",), "this machine has no program ''"),
    ],
)
def test_a_missing_program_is_found_before_a_search_starts(
    make: Make, tmp_path: Path, argv: tuple[str, ...], expected: str
) -> None:
    (tmp_path / "data").touch()
    (tmp_path / "tool").touch(mode=0o755)
    assert missing_program(make(*argv)) == expected


def test_a_missing_folder_is_found_before_a_search_starts() -> None:
    assert missing_program(Command(("sh",), "/no/such", "python")) == "the folder /no/such does not exist"


# --- output ---


def test_a_hundred_megabytes_of_output_do_not_enter_our_memory(tmp_path: Path) -> None:
    script = f"""
        import asyncio, resource, sys
        from leadline.local.command import Command
        from leadline.local.process import Files, TrialProcess
        from pathlib import Path

        async def main(megabytes):
            files = Files.of(Path({str(tmp_path)!r}), "a-0-1")
            command = Command(("head", "-c", f"{{megabytes}}000000", "/dev/zero"), "/", sys.executable)
            process = await TrialProcess.start(command, files)
            process.release()
            await process.wait()
            return files.log.stat().st_size

        asyncio.run(main(1))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        size = asyncio.run(main(100))
        print(size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    """
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    shown = subprocess.run(
        [sys.executable, "-c", dedent(script)], env=environment, stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    size, grown = map(int, shown.split())
    assert size == 100_000_000
    assert grown < 5_000  # KiB (on macOS bytes)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("true", ""),
        ("printf '{\"accuracy\": 0.5}' > $LEADLINE_TERMINATION_LOG", '{"accuracy": 0.5}'),
        ("rm $LEADLINE_TERMINATION_LOG", ""),
        ("head -c 5000 /dev/zero | tr '\\0' a > $LEADLINE_TERMINATION_LOG", "a" * 4096),
        ("(yes a | head -c 100000; printf end) > $LEADLINE_TERMINATION_LOG", ("a\n" * 4096)[-4093:] + "end"),
        ("printf '\\377x' > $LEADLINE_TERMINATION_LOG", "\ufffdx"),
        ("rm $LEADLINE_TERMINATION_LOG; mkfifo $LEADLINE_TERMINATION_LOG", ""),
        ("ln -sf /etc/passwd $LEADLINE_TERMINATION_LOG", ""),
        ("rm $LEADLINE_TERMINATION_LOG; mkdir $LEADLINE_TERMINATION_LOG", ""),
    ],
)
async def test_the_termination_message_is_read_as_the_kubelet_reads_it(
    make: Make, files: Files, script: str, message: str
) -> None:
    assert (await run(shell(make, script), files)).code == 0
    assert files.termination_message() == message


async def test_a_log_is_read_piece_by_piece(make: Make, files: Files) -> None:
    assert files.read_log() == b""
    await run(make("echo", "12345"), files)
    assert (files.read_log(0, 4), files.read_log(4, 4), files.read_log(6)) == (b"1234", b"5\n", b"")


async def test_a_new_process_of_the_same_name_starts_with_empty_files(make: Make, files: Files) -> None:
    await run(shell(make, "echo old; echo old > $LEADLINE_TERMINATION_LOG"), files)
    await run(make("true"), files)
    assert (files.log.read_text(), files.termination_message()) == ("", "")


async def test_paths_with_spaces_work(make: Make, tmp_path: Path) -> None:
    files = Files.of(tmp_path / "my searches" / "a b.db.d", "a-0-1")
    await run(shell(make, f'echo {shlex.quote("x y")} > "$LEADLINE_TERMINATION_LOG"'), files)
    assert files.termination_message() == "x y\n"
