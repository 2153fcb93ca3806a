"""Regret against the number of trials (or epochs), ours against the peers, one panel a mode: an SVG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.search.figures import Figures
from benchmarks.search.stats import estimate

OURS, THEIRS, PLAIN = "-", "--", ":"
TITLES = {
    "sequential": "One trial after another",
    "parallel8": "Eight workers of unequal speed",
    "epochs": "Learning curves: one trial after another",
    "epochs8": "Learning curves: eight workers of unequal speed",
}


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
            if not drawn:
                continue
            plain = name == figures.sort.yardstick[0]
            style = THEIRS if name in figures.peers else PLAIN if plain else OURS
            colour, width = ("0.5" if plain else f"C{i % 10}"), 2.0 if style == OURS else 1.2
            label = figures.sort.entries[name].label
            panel.plot(*zip(*drawn, strict=True), style, color=colour, linewidth=width, label=label)
        panel.set(title=f"{TITLES[mode]}, {len(figures.tasks)} tasks")
        panel.set(xlabel=figures.sort.unit, ylabel="normalised regret (random search: 1)")
        panel.set_ylim(bottom=0)
        panel.grid(alpha=0.3)
        panel.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1.01, 1))
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)
    return True
