"""What executors without Node and npm need, as one file."""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Optional

from soapstream._find import PathLike, find_cli, find_node

PROGRAM = ["bin/node", "soapstream/dist/cli.js"]
"""Node and the program, below the archive."""

PROGRAM_FILES = ("dist/cli.js", "dist/program", "dist/workers", "package.json", "LICENSE")
WRITING = ("hyparquet", "hyparquet-compressors", "parquet-wasm")
"""Packages that are not in the program itself and read and write Parquet."""
PREDICTING = ("@tensorflow/tfjs-backend-wasm", "@tensorflow/tfjs-core")
"""Likewise, of networks."""


def make_archive(
    path: PathLike, *, predicts: bool = True, node: Optional[PathLike] = None, cli: Optional[PathLike] = None
) -> int:
    """Writes an archive (`.tar.gz`) with Node and the program, for `run(…, archive=path)`.

    The program is that of an npm package with its dependencies; the one in a wheel of this package lacks them.

    :param predicts: False leaves out what networks need
    :param node: an interpreter that runs on the executors; by default that of the driver
    :param cli: `dist/cli.js` of the npm package; by default that of the driver
    :returns: its size in bytes
    """
    root = Path(os.path.realpath(find_cli(cli))).parent.parent
    packages = _packages(root, [*WRITING, *(PREDICTING if predicts else ())])
    partial = f"{os.fspath(path)}.partial"
    try:
        with tarfile.open(partial, "w:gz", compresslevel=6) as archive:
            archive.add(os.path.realpath(find_node(node)), PROGRAM[0])
            for name in PROGRAM_FILES:
                if (root / name).exists():
                    archive.add(root / name, f"soapstream/{name}", filter=_needed)
            for package in packages:
                archive.add(package, f"soapstream/node_modules/{_name_of(package)}", filter=_needed)
        os.replace(partial, path)
    finally:
        Path(partial).unlink(missing_ok=True)
    return os.path.getsize(path)


def _packages(root: Path, names: Sequence[str]) -> list[Path]:
    """Folders of packages, and of all that these depend on."""
    found: dict[str, Path] = {}
    waiting = [(root, name) for name in names]
    while waiting:
        asking, name = waiting.pop()
        package = next((each for each in _candidates(asking, name) if each.is_dir()), None)
        if package is None:
            raise FileNotFoundError(f"{root}: expected its dependency {name} in node_modules: `npm install soapstream`, and name its dist/cli.js")
        if name in found:
            if found[name] != package:
                raise FileNotFoundError(f"{root}: expected one version of {name}, found {found[name]} and {package}")
            continue
        found[name] = package
        needs = json.loads((package / "package.json").read_bytes()).get("dependencies", {})
        waiting += [(package, each) for each in needs]
    return list(found.values())


def _candidates(asking: Path, name: str) -> Iterator[Path]:
    for folder in (asking, *asking.parents):
        yield folder / "node_modules" / name


def _name_of(package: Path) -> str:
    return str(package).replace(os.sep, "/").rsplit("node_modules/", 1)[1]


def _needed(entry: tarfile.TarInfo) -> Optional[tarfile.TarInfo]:
    return None if entry.name.endswith((".map", ".d.ts", ".md")) else entry
