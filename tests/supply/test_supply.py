"""The bill of materials and the licence report against the lock files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from supply.licences import PERMITTED, licences_in
from supply.licences import render as licence_report
from supply.locked import EMULATOR, RUNTIME, NoLicence, Package, licence_of, packages
from supply.sbom import document
from supply.sbom import render as bill_of_materials

ROOT = Path(__file__).parents[2]
BSD = "BSD-3-Clause"


def test_every_pin_of_a_lock_is_read() -> None:
    for lock in (RUNTIME, EMULATOR):
        pins = [line for line in lock.read_text().splitlines() if "==" in line.partition(" ")[0]]
        assert len(packages(lock)) == len(pins) > 40


def test_every_locked_file_has_a_hash_and_no_address() -> None:
    for lock in (*ROOT.glob("requirements*.lock"), *ROOT.glob("*/requirements*.lock")):
        text = lock.read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text
        assert "--index-url" not in text


def test_the_bill_of_materials_is_that_of_the_lock() -> None:
    assert (ROOT / "sbom.cdx.json").read_text() == bill_of_materials(), "make sbom"
    bill = document()
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    refs = [component["bom-ref"] for component in bill["components"]]
    assert len(refs) == len(set(refs)) == len(packages(RUNTIME))
    assert bill["dependencies"][0]["dependsOn"] == refs
    assert json.loads(bill_of_materials()) == bill


def test_the_licence_report_is_that_of_the_locks() -> None:
    assert (ROOT / "docs/licences.md").read_text() == licence_report(), "make sbom"


def test_every_licence_goes_with_ours() -> None:
    for package in {*packages(RUNTIME), *packages(EMULATOR)}:
        assert licences_in(package.licence) <= PERMITTED, package.name


@pytest.mark.parametrize(
    ("expression", "text", "classifiers", "licence"),
    [
        ("MIT OR Apache-2.0", "BSD", [], "MIT OR Apache-2.0"),
        (None, "Apache 2.0", [], "Apache-2.0"),
        (None, "x" * 61, ["License :: OSI Approved :: MIT License"], "MIT"),
        (
            None,
            None,
            ["Topic :: Internet", "License :: OSI Approved :: BSD License"],
            BSD,
        ),
    ],
)
def test_a_licence_is_found_wherever_a_package_states_it(
    expression: str | None, text: str | None, classifiers: list[str], licence: str
) -> None:
    found = licence_of("some", expression=expression, text=text, classifiers=classifiers)
    assert found == licence


def test_a_package_without_a_licence_is_not_passed_over() -> None:
    with pytest.raises(NoLicence, match="some"):
        licence_of("some", expression=None, text="", classifiers=["Topic :: Internet"])
    with pytest.raises(NoLicence, match="a-package-that-nobody-has"):
        _ = Package("a-package-that-nobody-has", "1").licence
