"""cloudrun.yaml against Cloud Run's own schema, our settings and what was measured."""

from __future__ import annotations

import copy
import json

import pytest

from tests.deploy.shared import VARIABLES, Node, documents, problems, settings_of, the_container

SCHEMA = "cloud-run-v1.json"
ANNOTATIONS = {
    "autoscaling.knative.dev/minScale",
    "autoscaling.knative.dev/maxScale",
    "run.googleapis.com/sessionAffinity",
    "run.googleapis.com/cpu-throttling",
    "run.googleapis.com/startup-cpu-boost",
    "run.googleapis.com/execution-environment",
    "run.googleapis.com/network-interfaces",
    "run.googleapis.com/vpc-access-egress",
}
"""Those of the revision that Cloud Run's documentation has, and that we use."""


@pytest.fixture
def service() -> Node:
    (only,) = documents("cloudrun.yaml")
    return only


def template(service: Node) -> Node:
    found: Node = service["spec"]["template"]
    return found


def test_cloud_run_understands_it(service: Node) -> None:
    assert problems(service, SCHEMA) == []
    assert (service["apiVersion"], service["kind"]) == ("serving.knative.dev/v1", "Service")
    annotations = template(service)["metadata"]["annotations"]
    assert set(annotations) == ANNOTATIONS
    assert all(isinstance(value, str) for value in annotations.values())


def test_the_schema_would_find_a_slip(service: Node) -> None:
    wrong = copy.deepcopy(service)
    template(wrong)["spec"]["containerConcurency"] = 250
    template(wrong)["spec"]["timeoutSeconds"] = "3600"
    assert len(problems(wrong, SCHEMA)) == 2


def test_every_variable_is_one_of_ours_with_a_value_it_may_have(service: Node) -> None:
    settings = settings_of(the_container(template(service)["spec"]))
    assert settings.has_upstream
    assert settings.admin_token is not None
    assert settings.jwks_url is not None
    assert not settings.allow_anonymous


def test_numbers_are_not_everybodys_and_traces_are_found_in_the_project(service: Node) -> None:
    settings = settings_of(the_container(template(service)["spec"]))
    assert settings.metrics_token is not None
    assert settings.project == "__PROJECT__"
    assert not settings.vertex


def test_secrets_come_from_the_secret_manager(service: Node) -> None:
    for entry in the_container(template(service)["spec"])["env"]:
        if VARIABLES[entry["name"]].secret:
            assert entry["valueFrom"]["secretKeyRef"]["key"] == "latest"


def test_cloud_run_sets_the_port_itself(service: Node) -> None:
    container = the_container(template(service)["spec"])
    assert "PORT" not in {entry["name"] for entry in container["env"]}
    (port,) = container["ports"]
    assert str(port["containerPort"]) == VARIABLES["PORT"].default


def test_a_websocket_may_last_for_cloud_runs_longest(service: Node) -> None:
    spec = template(service)["spec"]
    settings = settings_of(the_container(spec))
    assert spec["timeoutSeconds"] == 3600
    assert settings.connection_age_s + settings.drain_timeout_s < spec["timeoutSeconds"]


def test_an_instance_keeps_its_cpu_between_frames_and_starts_fast(service: Node) -> None:
    annotations = template(service)["metadata"]["annotations"]
    assert annotations["run.googleapis.com/cpu-throttling"] == "false"
    assert annotations["run.googleapis.com/startup-cpu-boost"] == "true"
    assert annotations["run.googleapis.com/sessionAffinity"] == "true"


def test_several_instances_share_a_redis_that_they_can_reach(service: Node) -> None:
    annotations = template(service)["metadata"]["annotations"]
    fewest, most = (
        int(annotations[f"autoscaling.knative.dev/{end}Scale"]) for end in ("min", "max")
    )
    assert fewest >= 2
    assert (most - 1) * template(service)["spec"]["containerConcurrency"] >= 1_000
    assert settings_of(the_container(template(service)["spec"])).session_store is not None
    assert json.loads(annotations["run.googleapis.com/network-interfaces"])


def test_it_runs_as_a_service_account_of_its_own(service: Node) -> None:
    name = template(service)["spec"]["serviceAccountName"]
    assert name == "gemini-live-gateway@__PROJECT__.iam.gserviceaccount.com"


def test_the_probes_ask_what_we_answer(service: Node) -> None:
    probes = the_container(template(service)["spec"])
    assert probes["startupProbe"]["httpGet"]["path"] == "/readyz"
    assert probes["livenessProbe"]["httpGet"]["path"] == "/livez"
    for kind in ("startupProbe", "livenessProbe"):
        assert probes[kind]["timeoutSeconds"] <= probes[kind]["periodSeconds"]


def test_the_drain_fits_into_cloud_runs_ten_seconds(service: Node) -> None:
    settings = settings_of(the_container(template(service)["spec"]))
    assert settings.drain_timeout_s + 1 < 10
    assert settings.drain_s < settings.drain_timeout_s
