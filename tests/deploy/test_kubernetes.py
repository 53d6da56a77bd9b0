"""deploy/kubernetes.yaml against Kubernetes' own schema, our settings and our metrics."""

from __future__ import annotations

import copy

import pytest

from gateway.settings import Settings
from tests.deploy.shared import (
    ROOT,
    VARIABLES,
    Node,
    documents,
    problems,
    settings_of,
    the_container,
)

SCHEMA = "kubernetes-1.33.json"
OPERATIONS = (ROOT / "docs/operations.md").read_text()


@pytest.fixture
def objects() -> dict[str, Node]:
    return {document["kind"]: document for document in documents("deploy/kubernetes.yaml")}


@pytest.fixture
def pod(objects: dict[str, Node]) -> Node:
    found: Node = objects["Deployment"]["spec"]["template"]["spec"]
    return found


@pytest.fixture
def settings(pod: Node) -> Settings:
    container = copy.deepcopy(the_container(pod))
    for entry in container["env"]:
        if "fieldRef" in entry.get("valueFrom", {}):
            entry["value"] = "gateway-7d4b9c-x2x"
            del entry["valueFrom"]
    return settings_of(container)


def test_kubernetes_understands_every_object(objects: dict[str, Node]) -> None:
    assert set(objects) == {
        *("ServiceAccount", "Deployment", "Service"),
        *("HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy"),
    }
    assert not any(problems(found, SCHEMA) for found in objects.values())


def test_the_schema_would_find_a_slip(objects: dict[str, Node], pod: Node) -> None:
    the_container(pod)["readOnlyRootFilesystem"] = True
    assert problems(objects["Deployment"], SCHEMA)


def test_every_object_is_about_the_same_pods(objects: dict[str, Node]) -> None:
    labels = objects["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert objects["Deployment"]["spec"]["selector"]["matchLabels"] == labels
    assert objects["Service"]["spec"]["selector"] == labels
    assert objects["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    assert objects["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"] == labels
    target = objects["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", "gemini-live-gateway")


def test_instances_share_a_redis_and_have_names_of_their_own(settings: Settings) -> None:
    assert settings.session_store is not None
    assert settings.instance_id is not None
    assert settings.has_upstream
    assert settings.admin_token is not None
    assert settings.metrics_token is not None
    assert settings.project == "__PROJECT__"
    assert settings.trusted_proxies
    assert settings.jwks_url is not None


def test_it_scales_on_sessions_within_what_was_measured(
    objects: dict[str, Node], settings: Settings
) -> None:
    spec = objects["HorizontalPodAutoscaler"]["spec"]
    (sessions,) = [metric["pods"] for metric in spec["metrics"] if metric["type"] == "Pods"]
    assert f"`{sessions['metric']['name']}`" in OPERATIONS
    (cloud_run,) = documents("cloudrun.yaml")
    most = cloud_run["spec"]["template"]["spec"]["containerConcurrency"]
    wanted = int(sessions["target"]["averageValue"])
    assert wanted <= most
    # Kubernetes itself stops nobody from connecting to a pod.
    measured = (ROOT / "docs/performance.md").read_text().split("| 1 vCPU, 512 MiB | **")[1]
    assert wanted < settings.max_sessions < int(measured.partition("**")[0])
    assert spec["minReplicas"] >= 2
    assert "replicas" not in objects["Deployment"]["spec"]


def test_nothing_is_written_gained_or_run_as_root(pod: Node) -> None:
    security = the_container(pod)["securityContext"]
    assert security["readOnlyRootFilesystem"] is True
    assert security["allowPrivilegeEscalation"] is False
    assert security["capabilities"]["drop"] == ["ALL"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert f"USER {pod['securityContext']['runAsUser']}\n" in (ROOT / "Containerfile").read_text()
    assert pod["automountServiceAccountToken"] is False


def test_a_pod_has_time_to_drain_before_it_is_killed(pod: Node, settings: Settings) -> None:
    waits_s = the_container(pod)["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert waits_s + settings.drain_timeout_s < pod["terminationGracePeriodSeconds"]


def test_the_probes_ask_what_we_answer(pod: Node) -> None:
    container = the_container(pod)
    paths = {
        kind: container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("readiness", "liveness")
    }
    assert paths == {"readiness": "/readyz", "liveness": "/livez"}
    (port,) = container["ports"]
    assert str(port["containerPort"]) == VARIABLES["PORT"].default


def test_only_the_services_port_is_open(objects: dict[str, Node]) -> None:
    (rule,) = objects["NetworkPolicy"]["spec"]["ingress"]
    assert [port["port"] for port in rule["ports"]] == ["http"]
