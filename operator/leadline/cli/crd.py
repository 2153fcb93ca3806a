"""``leadline crd``: what a cluster needs to know of us before it takes a search."""

from __future__ import annotations

import click

from leadline.cli.examples import examples


@click.command(
    epilog=examples(
        ("Make a cluster know searches", "leadline crd | kubectl apply -f -"),
        ("With the rules for parameters that CRDs can't say", "leadline crd --policy | kubectl apply -f -"),
    )
)
@click.option("--policy", is_flag=True, help="Also the ValidatingAdmissionPolicy and its binding.")
def command(policy: bool) -> None:
    """Print the CustomResourceDefinitions as YAML.

    The chart installs them, and the policy, by itself. Without the policy the API server takes parameters whose
    values have the wrong shape, and the operator then says in the group's status what is wrong with them.
    """
    from leadline.api.crd import crds
    from leadline.api.manifests import HEADER, to_yaml
    from leadline.api.policy import policy as admission_policy

    text = to_yaml([*crds(), *(admission_policy() if policy else ())])
    click.echo(text.removeprefix(HEADER), nl=False)
