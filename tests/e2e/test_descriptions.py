"""The descriptions that a gateway serves, read by the AsyncAPI project's parser and a validator."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.gateway_process import GatewayProcess
from tests.support.node import NODE, install
from tests.support.processes import EmulatorProcess

ASYNCAPI = Path(__file__).parent / "asyncapi"
pytestmark = pytest.mark.timeout(200)
"""The first test installs the readers from a package registry, which may be slow."""

Document = dict[str, Any]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the readers as their lock file says, outside the source tree; return their folder."""
    return install(ASYNCAPI, tmp_path_factory.mktemp("asyncapi"))


@pytest.fixture(scope="module")
def served() -> tuple[Document, Document]:
    """Return both descriptions as a gateway serves them."""
    with EmulatorProcess("--ears", "none") as emulator, GatewayProcess.on(emulator) as gateway:
        (status, asyncapi), (other, openapi) = map(gateway.get, ("/asyncapi.json", "/openapi.json"))
    assert (status, other) == (200, 200)
    return asyncapi, openapi


def problems(reader: Path, folder: Path, asyncapi: Document, openapi: Document) -> Document:
    """Return what is wrong with the descriptions, by their names."""
    for name, document in (("asyncapi.json", asyncapi), ("openapi.json", openapi)):
        (folder / name).write_text(json.dumps(document))
    finished = subprocess.run(  # noqa: S603  # the command is ours
        [NODE, "check.mjs", str(folder / "asyncapi.json"), str(folder / "openapi.json")],
        cwd=reader,
        env={},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    found: Document = json.loads(finished.stdout)
    return found


def test_nothing_is_wrong_with_what_is_served(
    reader: Path, served: tuple[Document, Document], tmp_path: Path
) -> None:
    assert problems(reader, tmp_path, *served) == {"asyncapi": [], "openapi": []}


def lose_a_reference(asyncapi: Document, openapi: Document) -> None:
    asyncapi["operations"]["sendV1"]["channel"]["$ref"] = "#/channels/nowhere"
    openapi["paths"]["/"]["get"]["responses"]["200"].pop("description")


def spoil_an_example(asyncapi: Document, openapi: Document) -> None:
    asyncapi["components"]["messages"]["Ack"]["examples"][0]["payload"]["seq"] = "seven"
    service = openapi["paths"]["/"]["get"]["responses"]["200"]
    service["content"]["application/json"]["example"]["status"] = "walking"


@pytest.mark.parametrize("damage", [lose_a_reference, spoil_an_example])
def test_what_is_wrong_would_be_found(
    reader: Path,
    served: tuple[Document, Document],
    tmp_path: Path,
    damage: Callable[[Document, Document], None],
) -> None:
    asyncapi, openapi = json.loads(json.dumps(served))
    damage(asyncapi, openapi)
    found = problems(reader, tmp_path, asyncapi, openapi)
    assert found["asyncapi"]
    assert found["openapi"]
