"""Where searches are looked up and changed: a cluster or this machine, through one small interface.

Objects are plain mappings as the API server, or the local file, keeps them. Knows no output.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click

from leadline.cli.errors import CliError
from leadline.cli.output import visible

Object = dict[str, Any]
F = TypeVar("F", bound=Callable[..., Any])


class Source(Protocol):
    """Searches of one namespace (or of all), or of one folder. Methods raise CliError, and their body's own errors."""

    place: str
    """Where it looks, for messages: "namespace ml"."""

    def groups(self) -> list[Object]:
        """Every group, by name."""

    def group(self, name: str) -> Object:
        """The group of this name."""

    def trials(self, group: Object) -> list[Object]:
        """Every trial of a group, by number."""

    def trial(self, name: str) -> Object:
        """The trial of this name."""

    def is_driven(self, group: Object) -> bool:
        """Whether something may carry the group on; False where that is known not to be so."""

    def edit(self, group: Object, change: Mapping[str, Any]) -> Object:
        """Merge fields into the spec of this very group; None removes one. The group as it is then."""

    def read_log(
        self, group: Object, trial: Object, attempt: int, write: Callable[[bytes], object], *, follow: bool
    ) -> str:
        """Hand an attempt's log to ``write``, to its end where it is followed; what is missing of it, if anything."""


@dataclass(frozen=True, slots=True)
class Where:
    """What the options say of the place. db, local: this machine; the others: a cluster."""

    namespace: str = ""
    all_namespaces: bool = False
    context: str = ""
    kubeconfig: str = ""
    db: str = ""
    local: bool = False

    @property
    def names_cluster(self) -> bool:
        """Whether an option only makes sense for a cluster."""
        return bool(self.namespace or self.all_namespaces or self.context or self.kubeconfig)


def source_options(function: F) -> F:
    """The options of every command that looks something up; they arrive as one argument, ``where``."""
    return _source_options(function, all_namespaces=False)


def source_options_with_all(function: F) -> F:
    """The same, with -A."""
    return _source_options(function, all_namespaces=True)


def _source_options(function: F, all_namespaces: bool) -> F:
    @wraps(function)
    def with_where(
        *args: Any,
        namespace: str,
        context: str,
        kubeconfig: str,
        db: str,
        local: bool,
        all_namespaces: bool = False,
        **kwargs: Any,
    ) -> Any:
        where = Where(namespace, all_namespaces, context, kubeconfig, db, local)
        if (db or local) and where.names_cluster:
            raise click.UsageError(
                "--local and --db mean this machine; the other options of place mean a cluster"
            )
        return function(*args, where=where, **kwargs)

    options = [
        click.option(
            "-n", "--namespace", metavar="NAME", default="", help="Namespace.  [default: the context's]"
        ),
        click.option(
            "--context", metavar="NAME", default="", help="Context of the kubeconfig.  [default: current]"
        ),
        click.option(
            "--kubeconfig", metavar="PATH", default="", help="[default: $KUBECONFIG or ~/.kube/config]"
        ),
        click.option("--local", is_flag=True, help="Searches that `leadline run` began in this folder."),
        click.option(
            "--db", metavar="PATH", default="", help="Searches of this file of `leadline run --db`."
        ),
    ]
    if all_namespaces:
        options.insert(1, click.option("-A", "--all-namespaces", is_flag=True, help="Of all namespaces."))
    wrapped: Any = with_where
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[no-any-return]


def open_source(where: Where) -> AbstractContextManager[Source]:
    """The place that is meant: a cluster, unless this machine is asked for or no cluster is known here at all."""
    from leadline.local.places import known_paths

    here = Path.cwd()
    if where.db or where.local:
        return _local(where.db)
    from leadline.cli.cluster_source import ClusterSource, knows_cluster

    if not where.names_cluster and not knows_cluster() and known_paths(here):
        return _local("")
    return ClusterSource.open(where)


def _local(db: str) -> AbstractContextManager[Source]:
    from leadline.cli.local_source import LocalSource

    return LocalSource.open(db)


def no_such(what: str, name: str, known: Iterable[str], place: str) -> CliError:
    """What to say of a name that is not there: where it was looked for, and which name may be meant."""
    known = sorted(known)
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if near:
        remedy = f"did you mean {near[0]}?"
    elif known:
        shown = ", ".join(known[:10]) + (", …" if len(known) > 10 else "")
        remedy = f"there are: {shown}"
    else:
        remedy = f"there is no {what} at all"
    return CliError(visible(f"no {what} {name!r} in {place}; {remedy}"))


def complete_group(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Names of groups for a shell's completion; nothing where they can't be had."""
    given = {key: value for key, value in ctx.params.items() if key in Where.__slots__ and value}
    try:
        with open_source(Where(**given)) as source:
            names = [group["metadata"]["name"] for group in source.groups()]
    except Exception:
        # A shell shows no errors, and a word that can't be completed is none.
        return []
    return [name for name in names if name.startswith(incomplete)]
