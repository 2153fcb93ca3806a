"""A pytest plug-in that keeps "could not be run on this machine" apart from passed and from skipped.

A test or fixture that raises NotAvailable is reported as *not run*. All such tests are listed at the end with
the reason and the ways to get what is missing, the exit status becomes 3 where it would have been 0, and the
last line of the output is `N passed, N failed, N skipped` (those not run are among the skipped).
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

from cluster.errors import NotAvailable

EXIT_STATUS = 3

_CATEGORY = "not run"
_ATTRIBUTE = "not_run"  # of a report; plain values, since a report may come from another process (xdist's)
_problems = pytest.StashKey[dict[str, tuple[str, tuple[str, ...]]]]()
_has_run = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_problems] = {}
    config.stash[_has_run] = False


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.excinfo is not None and isinstance(call.excinfo.value, NotAvailable):
        problem = call.excinfo.value
        path, line, _ = item.location
        report.outcome = "skipped"
        report.longrepr = (path, line or 0, f"{_CATEGORY}: {problem.reason}")
        setattr(report, _ATTRIBUTE, [problem.reason, *problem.remedies])
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(
    report: pytest.TestReport, config: pytest.Config
) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    problem = getattr(report, _ATTRIBUTE, None)
    if problem is None:
        return None
    reason, *remedies = problem
    config.stash[_problems][report.nodeid] = (reason, tuple(remedies))
    return _CATEGORY, "n", ("NOT RUN", {"yellow": True})


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    session.config.stash[_has_run] = not session.config.option.collectonly
    passed_so_far = session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    if session.config.stash[_problems] and passed_so_far:
        session.exitstatus = EXIT_STATUS


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    by_cause: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for test, problem in config.stash[_problems].items():
        by_cause.setdefault(problem, []).append(test)
    if by_cause:
        terminalreporter.section("not run on this machine", yellow=True)
    for (reason, remedies), tests in by_cause.items():
        terminalreporter.write_line(f"{len(tests)} not run: {reason}")
        for remedy in remedies:
            terminalreporter.write_line(f"  to run: {remedy}")
        for test in tests:
            terminalreporter.write_line(f"    {test}")


def pytest_unconfigure(config: pytest.Config) -> None:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if isinstance(reporter, pytest.TerminalReporter) and config.stash[_has_run]:
        count = {category: len(reports) for category, reports in reporter.stats.items()}
        failed = count.get("failed", 0) + count.get("error", 0)
        skipped = count.get("skipped", 0) + count.get(_CATEGORY, 0)
        reporter.write_line(f"{count.get('passed', 0)} passed, {failed} failed, {skipped} skipped")
