"""Regret against the number of trials (or epochs), ours against the peers, one panel a mode: an SVG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.search.figures import Figures
from benchmarks.search.stats import estimate

OURS, THEIRS, PLAIN = "-", "--", ":"


def draw(parts: Sequence[Figures], file: Path) -> bool:
    """Write the picture; False where matplotlib is not installed or there is nothing to draw."""
    try:
        import matplotlib as mpl

        mpl.use("svg")
        from matplotlib import pyplot
    except ImportError:
        return False
    panels = [
        (figures, mode)
        for figures in parts
        for mode in figures.sort.modes
        if any(where[1] == mode for where in figures.curves)
    ]
    if not panels:
        return False
    mpl.rcParams.update({"svg.hashsalt": "leadline", "svg.fonttype": "none", "font.size": 9})
    figure, axes = pyplot.subplots(len(panels), 1, figsize=(10, 4.6 * len(panels)), squeeze=False)
    for (figures, mode), panel in zip(panels, axes[:, 0], strict=True):
        for i, name in enumerate((*figures.ours, *figures.peers)):
            means = [(count, figures.at(name, mode, count)) for count in figures.sort.counts]
            drawn = [(count, estimate(values).mean) for count, values in means if values]
            style = THEIRS if name in figures.peers else PLAIN if name == figures.sort.yardstick[0] else OURS
            panel.plot(
                *zip(*drawn, strict=True), style, color=f"C{i % 10}", label=figures.sort.entries[name].label
            )
        panel.set(title=mode, xlabel=figures.sort.unit, ylabel="normalised regret")
        panel.set_ylim(bottom=0)
        panel.grid(alpha=0.3)
        panel.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1.01, 1))
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)
    return True
