"""Point cloud files from ASE and plyfile, and what these read back of them.

    python clouds.py          # needs ase, plyfile, numpy

Writes molecules.xyz, scan.ply (little-endian), scanAscii.ply and clouds.json next to this script.
"""

import json
from pathlib import Path

import ase.build
import ase.io
import numpy as np
from plyfile import PlyData, PlyElement

HERE = Path(__file__).parent


def write_molecules() -> list[dict]:
    rng = np.random.default_rng(1)
    frames = [ase.build.molecule(name) for name in ("H2O", "CH3CH2OH", "C6H6")]
    rattled = ase.build.bulk("NaCl", "rocksalt", a=5.64) * (2, 1, 1)
    rattled.rattle(0.1, rng=rng)
    rattled.pbc = (True, True, False)
    frames.append(rattled)
    for label, frame in enumerate(frames):
        frame.info = {"label": 10 * label, "name": f'frame "{label}", of {len(frames)}', "energy": -1.5 * label}
        frame.arrays["forces"] = rng.normal(size=(len(frame), 3))
        frame.arrays["charged"] = rng.random(len(frame)) < 0.5
        if not frame.cell.rank:
            frame.cell = rng.uniform(5, 10, (3, 3))
    ase.io.write(HERE / "molecules.xyz", frames, format="extxyz")
    return [
        {
            "points": frame.positions.tolist(),
            "species": frame.get_chemical_symbols(),
            "label": int(frame.info["label"]),
            "cell": frame.cell.array.reshape(-1).tolist(),
            "pbc": frame.pbc.astype(int).tolist(),
        }
        for frame in ase.io.read(HERE / "molecules.xyz", index=":")
    ]


def write_scan(name: str, text: bool) -> dict:
    rng = np.random.default_rng(2)
    vertices = np.zeros(40, dtype=[("x", "f4"), ("nx", "f4"), ("y", "f8"), ("z", "f4"), ("part", "u1")])
    for field in ("x", "nx", "y", "z"):
        vertices[field] = rng.normal(size=len(vertices))
    vertices["part"] = rng.integers(0, 200, len(vertices))
    faces = np.empty(30, dtype=[("vertex_indices", "O"), ("quality", "f4")])
    faces["vertex_indices"] = [rng.integers(0, 40, rng.integers(3, 6)).astype("i4") for _ in faces]
    faces["quality"] = rng.random(len(faces))
    elements = [PlyElement.describe(faces, "face"), PlyElement.describe(vertices, "vertex")]
    PlyData(elements, text=text, byte_order="<", comments=["label 3"]).write(HERE / name)
    read = PlyData.read(HERE / name)["vertex"]
    return {
        "points": [[float(row[axis]) for axis in "xyz"] for row in read],
        "species": [str(part) for part in read["part"]],
        "label": 3,
    }


expected = {
    "molecules.xyz": write_molecules(),
    "scan.ply": [write_scan("scan.ply", text=False)],
    "scanAscii.ply": [write_scan("scanAscii.ply", text=True)],
}
(HERE / "clouds.json").write_text(json.dumps(expected) + "\n")
