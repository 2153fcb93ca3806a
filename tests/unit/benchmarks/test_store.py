"""What is on disk survives being killed at any moment."""

from __future__ import annotations

from pathlib import Path

from benchmarks.search.runner import Trajectory
from benchmarks.search.store import Key, Store, append

KEY = Key("line", "abc", "random", "v1", "sequential", 0)
RUN = Trajectory((None, 0.123456, 0.1), 200, 3, (1.5, 0.01, 0.02, 0.5))


def other(seed: int) -> Key:
    return Key("line", "abc", "random", "v1", "sequential", seed)


def test_what_was_added_is_read_back(tmp_path: Path) -> None:
    Store(tmp_path).add(KEY, RUN)
    found = Store(tmp_path)
    assert KEY in found
    assert found[KEY] == RUN
    assert other(1) not in found


def test_a_store_may_keep_nothing_new(tmp_path: Path) -> None:
    Store(tmp_path).add(KEY, RUN)
    store = Store(tmp_path, keeps=False)
    store.add(other(1), RUN)
    assert list(store) == [KEY, other(1)]
    assert list(Store(tmp_path)) == [KEY]


def test_losses_keep_six_digits(tmp_path: Path) -> None:
    Store(tmp_path).add(KEY, Trajectory((1 / 3,), 1, 0, (1 / 3,) * 4))
    assert Store(tmp_path)[KEY].best == (0.333333,)


def test_a_torn_last_line_is_left_out_and_spoils_nothing_after_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add(KEY, RUN)
    store.add(other(1), RUN)
    file = tmp_path / "line.jsonl"
    file.write_bytes(file.read_bytes()[:-20])
    again = Store(tmp_path)
    assert list(again) == [KEY]
    again.add(other(2), RUN)
    assert list(Store(tmp_path)) == [KEY, other(2)]


def test_a_later_line_for_the_same_run_counts(tmp_path: Path) -> None:
    Store(tmp_path).add(KEY, RUN)
    Store(tmp_path).add(KEY, Trajectory((0.5,), 1, 0, RUN.ask))
    assert Store(tmp_path)[KEY].best == (0.5,)


def test_pruning_keeps_what_is_wanted(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for seed in (0, 1, 2, 1):
        store.add(other(seed), RUN)
    assert store.prune(lambda key: key.seed != 2) == 1
    assert list(Store(tmp_path)) == [other(0), other(1)]
    assert len((tmp_path / "line.jsonl").read_text().splitlines()) == 2


def test_an_error_is_kept(tmp_path: Path) -> None:
    broken = Trajectory((None,), 0, 0, RUN.ask, "ValueError: no")
    Store(tmp_path).add(KEY, broken)
    assert Store(tmp_path)[KEY] == broken


def test_any_cut_leaves_whole_lines_readable(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for seed in range(2):
        store.add(other(seed), RUN)
    file = tmp_path / "line.jsonl"
    whole = file.read_bytes()
    first = whole.index(b"\n") + 1
    for cut in range(first, len(whole), 7):
        file.write_bytes(whole[:cut])
        assert other(0) in Store(tmp_path)
        append(file, "{}")
        assert other(0) in Store(tmp_path)
