"""The reference reader of extended XYZ, and ASE's, as a server: requests and answers in JSON, a line each.

{"versions": true}  -> {"extxyz", "ase"}
{"read": texts}     -> {"reference", "ase"}  for each text its frames, or null if the reader refuses it; a frame is
                       {"species", "positions", "cell" (vectors in rows), "pbc"}
"""

import io
import json
import os
import sys
import tempfile
import warnings
from importlib.metadata import version

import ase.io
import numpy as np
from extxyz import cextxyz
from extxyz.core import extract_lattice

warnings.filterwarnings("ignore")
path = os.path.join(tempfile.mkdtemp(), "a.xyz")


def flags(pbc, lattice):
    """As the specification has it; None where the reader takes the truth of a text or a number of flags that is none."""
    if pbc is None:
        return [int(lattice is not None)] * 3
    pbc = np.atleast_1d(pbc)
    if pbc.dtype.kind not in "bi" or pbc.size not in (1, 3) or not set(pbc.tolist()) <= {0, 1}:
        return None
    return [int(flag) for flag in np.broadcast_to(pbc, 3)]


def reference(text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    file = cextxyz.cfopen(path, "r")
    frames = []
    try:
        while True:
            try:
                _, info, arrays = cextxyz.read_frame_dicts(file)
            except EOFError:
                return frames
            if not {"species", "pos"} <= set(arrays):
                return None
            try:
                lattice = extract_lattice(info)
            except (ValueError, AttributeError):
                return None
            if lattice is not None and not np.isfinite(lattice).all():
                return None
            pbc = flags(info.get("pbc"), lattice)
            if pbc is None:
                return None
            frames.append(
                {
                    "species": np.ravel(arrays["species"]).tolist(),
                    "positions": np.reshape(arrays["pos"], (-1, 3)).tolist(),
                    "cell": (np.zeros((3, 3)) if lattice is None else lattice.T).ravel().tolist(),
                    "pbc": pbc,
                }
            )
    except cextxyz.ExtXYZError:
        return None
    finally:
        cextxyz.cfclose(file)


def by_ase(text):
    try:
        frames = ase.io.read(io.StringIO(text), index=":", format="extxyz")
        if not all(np.isfinite(atoms.cell.array).all() and np.isfinite(atoms.positions).all() for atoms in frames):
            return None
        return [
            {
                "species": atoms.get_chemical_symbols(),
                "positions": atoms.positions.tolist(),
                "cell": atoms.cell.array.ravel().tolist(),
                "pbc": [int(flag) for flag in atoms.pbc],
            }
            for atoms in frames
        ]
    except Exception:
        return None


for line in sys.stdin:
    request = json.loads(line)
    if "versions" in request:
        answer = {"extxyz": version("extxyz"), "ase": version("ase")}
    else:
        texts = request["read"]
        answer = {"reference": [reference(text) for text in texts], "ase": [by_ase(text) for text in texts]}
    print(json.dumps(answer), flush=True)
