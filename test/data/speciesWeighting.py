"""Power spectra with weighted species, and with a cutoff that the weighting tells, from DScribe 2.1.

    python speciesWeighting.py     # needs dscribe

Writes speciesWeighting.json next to this script.
"""

import json
from pathlib import Path

import numpy as np
from ase import Atoms
from dscribe.descriptors import SOAP

HERE = Path(__file__).parent
BASIS = {"nMax": 3, "lMax": 3, "sigma": 0.5}
ELEMENTS = ["H", "C", "O"]
WEIGHTS = [0.5, 2.0, -1.25]
RANDOM = np.random.default_rng(5)
POINTS = RANDOM.uniform(-2.5, 2.5, (12, 3))
SPECIES = RANDOM.integers(0, 3, 12)
CENTERS = np.concatenate([POINTS[:2], [[0.3, 0.2, -0.4]]])


def case(name, weights=None, average="off", compression="off", rbf="gto", rCut=3.5, weighting=None, centers=CENTERS):
    # DScribe fills in defaults in the dictionary that it is given.
    soap = SOAP(
        species=ELEMENTS,
        r_cut=rCut,
        n_max=BASIS["nMax"],
        l_max=BASIS["lMax"],
        sigma=BASIS["sigma"],
        rbf=rbf,
        weighting=weighting and dict(weighting),
        compression={"mode": compression, "species_weighting": weights and dict(zip(ELEMENTS, weights))},
        average=average,
        periodic=False,
    )
    atoms = Atoms([ELEMENTS[s] for s in SPECIES], positions=POINTS)
    options = BASIS | {"radialBasis": rbf, "nSpecies": 3, "average": average, "compression": compression}
    if rCut is not None:
        options["rCut"] = rCut
    if weights is not None:
        options["speciesWeighting"] = weights
    if weighting is not None:
        options["weighting"] = weighting
    return {
        "name": name,
        "options": options,
        "rCut": soap._r_cut,
        "points": POINTS.tolist(),
        "species": SPECIES.tolist(),
        "centers": centers.tolist(),
        "rows": np.atleast_2d(soap.create(atoms, centers=centers.tolist())).tolist(),
    }


POLY = {"function": "poly", "r0": 4.0, "c": 1.2, "m": 2, "w0": 0.5}
POW = {"function": "pow", "r0": 0.8, "c": 1.1, "d": 0.7, "m": 3}
EXP = {"function": "exp", "r0": 0.7, "c": 0.9, "d": 0.4}

CASES = [
    *(case(f"weights, {mode}", WEIGHTS, compression=mode) for mode in ["off", "crossover", "mu1nu1", "mu2"]),
    *(case(f"weights, mu2, {average} average", WEIGHTS, average, "mu2") for average in ["inner", "outer"]),
    case("weights, mu1nu1, inner average", WEIGHTS, "inner", "mu1nu1"),
    # At a point DScribe gives its polynomials the factors of other points: its neighbours are counted without the one at the centre, their
    # species with it.
    case("weights, mu2, polynomial", WEIGHTS, compression="mu2", rbf="polynomial", centers=CENTERS[2:]),
    case("weights, mu2, weighting", WEIGHTS, compression="mu2", weighting=POLY),
    case("cutoff of poly", rCut=None, weighting=POLY),
    case("cutoff of pow", rCut=None, weighting=POW),
    case("cutoff of pow, threshold", rCut=None, weighting=POW | {"threshold": 0.05}),
    case("cutoff of exp", rCut=None, weighting=EXP),
    case("cutoff of exp, threshold", rCut=None, weighting=EXP | {"threshold": 0.001}, rbf="polynomial"),
]

(HERE / "speciesWeighting.json").write_text(json.dumps({"cases": CASES}) + "\n")
