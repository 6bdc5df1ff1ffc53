"""Makes the point clouds of the examples.

    python make.py          # needs ase, plyfile, numpy

molecules.xyz: eight molecules of the G2 set, from ASE's tables, in Å. crystals.xyz: five cells, in Å. torus.ply: 2,000 points drawn evenly from the surface
of a torus of radii 1 and 0.4, with noise of 0.005, binary.
"""

from pathlib import Path

import ase.build
import ase.io
import numpy as np
from plyfile import PlyData, PlyElement

HERE = Path(__file__).parent
MOLECULES = ("H2O", "NH3", "CH4", "CH3OH", "CH3CH2OH", "CH3COOH", "C6H6", "C5H5N")
N_POINTS, MAJOR, MINOR, NOISE = 2000, 1.0, 0.4, 0.005

frames = [ase.build.molecule(name) for name in MOLECULES]
for name, frame in zip(MOLECULES, frames):
    frame.info = {"name": name}
ase.io.write(HERE / "molecules.xyz", frames, format="extxyz", columns=["symbols", "positions"])

CRYSTALS = {
    "rock salt": ase.build.bulk("NaCl", "rocksalt", a=5.64),
    "diamond": ase.build.bulk("C", "diamond", a=3.567),
    "silicon": ase.build.bulk("Si", "diamond", a=5.431),
    "silicon carbide": ase.build.bulk("SiC", "zincblende", a=4.36),
    "silicon, eight atoms a cell": ase.build.bulk("Si", "diamond", a=5.431, cubic=True),
}
for name, frame in CRYSTALS.items():
    frame.info = {"name": name}
ase.io.write(HERE / "crystals.xyz", list(CRYSTALS.values()), format="extxyz", columns=["symbols", "positions"])

rng = np.random.default_rng(1)
# The surface is larger on the outside, by 1 + MINOR/MAJOR cos θ: angles are drawn with that weight.
theta = rng.uniform(0, 2 * np.pi, 10 * N_POINTS)
theta = theta[rng.uniform(0, 1 + MINOR / MAJOR, len(theta)) < 1 + MINOR / MAJOR * np.cos(theta)][:N_POINTS]
phi = rng.uniform(0, 2 * np.pi, N_POINTS)
ring = MAJOR + MINOR * np.cos(theta)
points = np.stack([ring * np.cos(phi), ring * np.sin(phi), MINOR * np.sin(theta)], axis=1)
points += rng.normal(scale=NOISE, size=points.shape)
vertices = np.array([tuple(point) for point in points], dtype=[("x", "f4"), ("y", "f4"), ("z", "f4")])
PlyData([PlyElement.describe(vertices, "vertex")], byte_order="<").write(HERE / "torus.ply")
