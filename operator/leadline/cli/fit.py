"""Tables that may be wider than the terminal: columns squeezed to a few letters can't be read, long lines can."""

from __future__ import annotations

import shutil
import sys

from leadline.cli.output import GAP, Table, is_live, print_table


def overflows(table: Table, plain: bool = False) -> bool:
    """Whether the table is drawn on a terminal that is too narrow for it."""
    if not is_live(sys.stdout, plain):
        return False
    from rich.cells import cell_len

    every = [table.columns, *table.rows]
    widths = (max(cell_len(row[index]) for row in every) for index in range(len(table.columns)))
    return sum(widths) + len(GAP) * (len(table.columns) - 1) > shutil.get_terminal_size().columns


def print_whole(table: Table, plain: bool = False) -> None:
    """Print every column in full; where they don't fit, lines run on and the terminal wraps them, as kubectl's do."""
    print_table(table, plain=plain or overflows(table, plain))
