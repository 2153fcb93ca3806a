"""The pages that people read, cut into what can be checked: links, headings, code blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]

_MADE = {"node_modules", "build", "dist"}
_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE
)
_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced piece of a page. ``line``: where it begins, from 1."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def files() -> Iterator[Path]:
    """Every file of the checkout that somebody wrote: no hidden folder's but .ci's and .github's, nothing made."""
    folders = [ROOT]
    while folders:
        for path in sorted(folders.pop().iterdir()):
            hidden = path.name.startswith(".") and path.name not in (
                ".ci",
                ".github",
                ".gitignore",
                ".dockerignore",
            )
            if hidden or path.name in _MADE or path.name == "__pycache__" or path.is_symlink():
                continue
            if path.is_dir():
                folders.append(path)
            else:
                yield path


def pages() -> list[Path]:
    """Every Markdown page."""
    return sorted(path for path in files() if path.suffix == ".md")


def blocks(page: Path) -> list[Block]:
    """Fenced pieces of a page, without the indentation they may share."""
    text = page.read_text()
    return [
        Block(
            page,
            text.count("\n", 0, match.start()) + 1,
            match["language"],
            re.sub(f"^{match['indent']}", "", match["text"], flags=re.MULTILINE),
        )
        for match in _FENCE.finditer(text)
    ]


def prose(page: Path) -> str:
    """A page without its fenced pieces."""
    return _FENCE.sub("", page.read_text())


def links(page: Path) -> list[str]:
    """Targets of a page's links."""
    return [match["target"] for match in _LINK.finditer(prose(page))]


def anchors(page: Path) -> set[str]:
    """What a link into the page may name, as GitHub makes it of the headings."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ +(.+?) *$", prose(page), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        count = 0
        while (numbered := f"{slug}-{count}" if count else slug) in found:
            count += 1
        found.add(numbered)
    return found


def name(path: Path) -> str:
    """How a test names a page."""
    return str(path.relative_to(ROOT))
