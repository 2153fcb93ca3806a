"""Kubernetes' own ``$(NAME)`` expansion: a port of it, and text protected from it.

The kubelet expands references in a container's command, args and env values, in subPathExpr and in the
commands of probes. A parameter's value is data: ``$(HOME)`` or ``$$`` in it must reach the program as it is,
while ``$(LEADLINE_PARAM_LR)`` written in the template stays a reference.

Rules: kubernetes/third_party/forked/golang/expansion/expand.go (as of 1.36, where ``$é`` is kept whole; older
kubelets break such a character in two, but never after ``$$``, which is all that we write).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping


def expand(text: str, env: Mapping[str, str]) -> str:
    """``text`` as the kubelet hands it to a container whose environment is ``env``.

    ``$(NAME)`` is replaced where ``env`` has NAME and stays where not; ``$$`` becomes ``$``; what is put in is
    not looked at again. To build a container's environment, expand its env values in their order, each with
    those before it.
    """
    parts = []
    for part in _scan(text):
        if part == "$$":
            parts.append("$")
        elif part.startswith("$(") and part.endswith(")"):
            parts.append(env.get(part[2:-1], part))
        else:
            parts.append(part)
    return "".join(parts)


def references(text: str) -> frozenset[str]:
    """The names that the kubelet would replace in ``text``."""
    return frozenset(part[2:-1] for part in _scan(text) if part.startswith("$(") and part.endswith(")"))


def escape(text: str) -> str:
    """``text`` so that the kubelet's expansion gives back exactly ``text``."""
    return text.replace("$", "$$")


def join_literal(pieces: Iterable[tuple[bool, str]]) -> str:
    """Text from pieces ``(is_template, text)`` so that only the template's own references are expanded.

    A reference counts if it stands whole in one piece of the template: ``$({{ name }})`` is text, so that no
    value can make, break or end a reference. Every value comes out of the expansion as it went in.
    """
    merged: list[tuple[bool, list[str]]] = []
    for is_template, text in pieces:
        if is_template and merged and merged[-1][0]:
            merged[-1][1].append(text)
        else:
            merged.append((is_template, [text]))
    parts = []
    for index, (is_template, texts) in enumerate(merged):
        text = "".join(texts)
        if not is_template:
            parts.append(escape(text))
        elif index == len(merged) - 1:
            parts.append(text)
        else:
            parts.extend(escape(part) if part in ("$", "$(") else part for part in _scan(text))
    return "".join(parts)


def _scan(text: str) -> Iterator[str]:
    """The parts the kubelet sees: ``$$``, ``$(NAME)``, an unclosed ``$(``, a lone ``$``, and runs of the rest.

    The character after a lone ``$`` is copied by the kubelet unseen; it is neither ``$`` nor ``(``, so that
    reading it as part of the next run gives the same.
    """
    position = 0
    closer = 0  # the first ")" at or after the place last asked for; -1: there is none any more
    while (dollar := text.find("$", position)) >= 0:
        if dollar > position:
            yield text[position:dollar]
        following = text[dollar + 1 : dollar + 2]
        end = dollar + 1
        if following == "$":
            end = dollar + 2
        elif following == "(":
            end = dollar + 2
            if 0 <= closer < end:
                closer = text.find(")", end)
            if closer >= 0:
                end = closer + 1
        yield text[dollar:end]
        position = end
    if position < len(text):
        yield text[position:]
