"""`leadline crd`: what kubectl apply takes."""

from __future__ import annotations

import yaml
from click.testing import CliRunner

from leadline.api.crd import crds
from leadline.api.policy import policy
from leadline.cli.main import cli


def test_the_definitions_are_printed_and_nothing_else() -> None:
    text = CliRunner().invoke(cli, ["crd"]).stdout

    assert list(yaml.safe_load_all(text)) == crds()
    assert not text.startswith("#")


def test_the_policy_is_printed_where_it_is_asked_for() -> None:
    text = CliRunner().invoke(cli, ["crd", "--policy"]).stdout

    assert list(yaml.safe_load_all(text)) == [*crds(), *policy()]
