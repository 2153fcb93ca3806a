"""A tuner in a container on a node that runs containers: it reads its request, and a long line comes back whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from cluster.choose import NodeCluster
from cluster.client import Api, Json
from cluster.imagebuild import ImageBuilder
from faults.groups import condition, group, trials, wait_finished
from leadline.api.crd import crds
from operator_process import OperatorProcess

IMAGE = "leadline.test/tuner:1"
DOCKERFILE = """
ARG BASE_IMAGE=python:3.12-slim
FROM ${BASE_IMAGE}
USER 65532:65532
"""
SUGGEST = """
set -e
echo "level $LEVEL of $LEADLINE_GROUP"
test ! -e /var/run/secrets/kubernetes.io/serviceaccount/token
round=$(sed 's/.*"iteration":\\([0-9]*\\).*/\\1/' "$LEADLINE_TUNER_INPUT")
# A line of 300,000 characters: a container runtime writes it in pieces.
printf '{"suggestions": [{"x": 0.%s1}, {"x": 0.%s2}],%300000s"done": false}\\n' "$round" "$round" ''
"""


@pytest.fixture(scope="module", autouse=True)
def _image(
    real_cluster: NodeCluster, tmp_path_factory: pytest.TempPathFactory, announce: Callable[[str], None]
) -> None:
    """An image with a shell, known to the node."""
    folder = tmp_path_factory.mktemp("image")
    (folder / "Dockerfile").write_text(DOCKERFILE)
    archive = folder / "image.tar"
    ImageBuilder(announce).build(folder, IMAGE, archive)
    real_cluster.import_image(archive)


CRD = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")


@pytest.fixture
def definitions(api: Api) -> Iterator[None]:
    """Our CRDs; the chart, which other tests install, wants to bring its own."""
    known = {found["metadata"]["name"] for found in api.list(*CRD)}
    missing = [crd for crd in crds() if crd["metadata"]["name"] not in known]
    for crd in missing:
        api.create(crd)
    for crd in missing:
        api.wait(*CRD, crd["metadata"]["name"], _is_established)
    yield
    for crd in missing:
        api.delete(*CRD, crd["metadata"]["name"])
        api.wait_gone(*CRD, crd["metadata"]["name"])


def _is_established(crd: Json) -> bool:
    conditions = crd.get("status", {}).get("conditions") or ()
    return any(known["type"] == "Established" and known["status"] == "True" for known in conditions)


def test_a_tuner_reads_its_request_and_its_long_answer_is_read_whole(
    real_cluster: NodeCluster, api: Api, namespace: str, definitions: None
) -> None:
    container = {
        "image": IMAGE,
        "command": ["bash", "-c", SUGGEST],
        "env": [{"name": "LEVEL", "value": "3"}],
        "resources": {"limits": {"memory": "64Mi"}},
    }
    matrix = {"kind": "iterative", "maxIterations": 2, "tuner": {"container": container}}
    document = group(matrix=matrix, podSecurity="restricted")
    del document["spec"]["matrix"]["numRuns"]
    [trial] = document["spec"]["template"]["spec"]["containers"]
    trial.update(image=IMAGE, command=["sh", "-c", "echo loss={{ x }}"])
    del trial["args"]
    flags = (f"--namespaces={namespace}", f"--lease-namespace={namespace}", "--no-leader-election")
    with OperatorProcess(real_cluster.kubeconfig(), *flags):
        api.create(document, namespace)
        finished = wait_finished(api, namespace)

    assert condition(finished, "Finished")["reason"] == "BudgetReached", finished["status"]["message"]
    assert [trial["spec"]["params"]["x"] for trial in trials(api, namespace)] == [0.01, 0.02, 0.11, 0.12]
    assert [trial["status"]["value"] for trial in trials(api, namespace)] == [0.01, 0.02, 0.11, 0.12]
