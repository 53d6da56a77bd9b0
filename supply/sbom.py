"""The software bill of materials: `python -m supply.sbom > sbom.cdx.json`, CycloneDX 1.6.

It holds no time of day: the same lock gives the same text. The hashes of every file that may be
installed are in the lock, whose own is in here.
https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

import hashlib
import json
import sys
import uuid
from typing import Any, Final

from gateway.version import NAME, VERSION
from supply.locked import RUNTIME, Package, packages

_SERVICE: Final = f"pkg:pypi/gemini-live-gateway@{VERSION}"


def document() -> dict[str, Any]:
    """Return what the container holds beside Python."""
    digest = hashlib.sha256(RUNTIME.read_bytes()).hexdigest()
    found = packages(RUNTIME)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{_SERVICE}#{digest}')}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": _SERVICE,
                "name": "gemini-live-gateway",
                "description": NAME,
                "version": VERSION,
                "purl": _SERVICE,
                "licenses": [{"expression": "MIT"}],
            },
            "properties": [{"name": "lock:requirements.lock:sha256", "value": digest}],
        },
        "components": [_component(package) for package in found],
        "dependencies": [
            {"ref": _SERVICE, "dependsOn": [package.purl for package in found]},
        ],
    }


def render() -> str:
    """Return its text."""
    return json.dumps(document(), indent=1) + "\n"


def _component(package: Package) -> dict[str, Any]:
    marker = {"name": "python:marker", "value": package.marker}
    return {
        "type": "library",
        "bom-ref": package.purl,
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "licenses": [{"expression": package.licence}],
        **({"properties": [marker]} if package.marker else {}),
    }


if __name__ == "__main__":
    sys.stdout.write(render())
