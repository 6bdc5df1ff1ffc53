"""Power spectra of clouds that repeat, from DScribe 2.1.

    python periodic.py     # needs dscribe

Writes periodic.json next to this script.
"""

import json
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.build import bulk
from dscribe.descriptors import SOAP

HERE = Path(__file__).parent
BASIS = {"rCut": 4.0, "nMax": 3, "lMax": 3, "sigma": 0.5}


def case(name, atoms, centers=None, average="off", **options):
    given = BASIS | options
    elements = sorted(set(atoms.get_chemical_symbols()), key=lambda symbol: Atoms(symbol).numbers[0])
    soap = SOAP(
        species=elements,
        r_cut=given["rCut"],
        n_max=given["nMax"],
        l_max=given["lMax"],
        sigma=given["sigma"],
        rbf=given.get("radialBasis", "gto"),
        weighting=given.get("weighting"),
        compression={"mode": given.get("compression", "off")},
        average=average,
        periodic=True,
    )
    places = atoms.get_positions() if centers is None else np.array(centers)
    rows = soap.create(atoms, centers=places.tolist())
    return {
        "name": name,
        "options": given | {"nSpecies": len(elements), "average": average},
        "points": atoms.get_positions().tolist(),
        "species": [elements.index(symbol) for symbol in atoms.get_chemical_symbols()],
        "cell": atoms.cell.array.flatten().tolist(),
        "periodic": atoms.pbc.tolist(),
        "centers": places.tolist(),
        "rows": np.atleast_2d(rows).tolist(),
    }


def shaken(atoms, seed):
    atoms.rattle(stdev=0.1, seed=seed)
    return atoms


def skewed(periodic):
    random = np.random.default_rng(7)
    cell = [[3.1, 0.2, 0.0], [1.4, 2.9, 0.3], [-0.8, 0.6, 3.6]]
    atoms = Atoms("H2O3", scaled_positions=random.uniform(0.02, 0.98, (5, 3)), cell=cell, pbc=periodic)
    return atoms


WEIGHTING = {"function": "poly", "r0": 4.0, "c": 1.0, "m": 2, "w0": 0.5}
CASES = [
    case("rock salt, primitive cell", bulk("NaCl", "rocksalt", a=5.64)),
    case("diamond, conventional cell, shaken", shaken(bulk("C", "diamond", a=3.57, cubic=True), 1)),
    case("skewed", skewed(True)),
    case("skewed, polynomial", skewed(True), radialBasis="polynomial"),
    case("skewed, weighting", skewed(True), weighting=WEIGHTING),
    case("skewed, a slab", skewed([True, True, False])),
    case("skewed, a chain", skewed([False, False, True])),
    case("skewed, nothing repeats", skewed(False)),
    case("skewed, off the points", skewed(True), centers=[[0.4, 0.5, 0.6], [2.0, 1.0, 3.0]]),
    case("skewed, inner average, mu2", skewed(True), average="inner", compression="mu2"),
    case("a cell much smaller than the cutoff", Atoms("H", cell=[0.9, 1.0, 1.1], pbc=True), rCut=3.0),
    case("a cell much larger than the cutoff", Atoms("HHO", [[0.2, 0.1, 0.3], [29.5, 0.2, 0.1], [15, 14, 16]], cell=[30, 31, 32], pbc=True)),
]

(HERE / "periodic.json").write_text(json.dumps({"cases": CASES}) + "\n")
