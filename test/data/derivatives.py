"""Derivatives of power spectra with respect to positions from DScribe 2.1.

    python derivatives.py     # needs dscribe

Writes derivatives.json next to this script.
"""

import json
import warnings
from pathlib import Path

import numpy as np
from ase import Atoms
from dscribe.descriptors import SOAP

HERE = Path(__file__).parent
BASIS = {"rCut": 3.0, "nMax": 2, "lMax": 3, "sigma": 0.5}
SPECIES = [0, 1, 0, 0, 1]
ELEMENTS = ["H", "O"]
POINTS = [[0.1, -0.2, 0.05], [1.1, 0.4, -0.3], [-0.7, 1.2, 0.6], [-0.4, -1.3, 1.0], [0.3, 0.2, 1.7]]
FAR = [9.0, 0.0, 0.0]  # beyond the cutoff of every centre
PLACES = [[0.5, 0.3, 0.4], [-0.6, 0.1, -0.2]]  # no points
POLY = {"function": "poly", "r0": 4.0, "c": 1.2, "m": 2, "w0": 0.5}
POW = {"function": "pow", "r0": 1.5, "c": 1.1, "d": 0.7, "m": 3}
EXP = {"function": "exp", "r0": 2.0, "c": 0.9, "d": 0.4}


def case(name, centers, attach=False, average="off", method="numerical", **options):
    given = BASIS | options
    soap = SOAP(
        species=ELEMENTS,
        r_cut=given["rCut"],
        n_max=given["nMax"],
        l_max=given["lMax"],
        sigma=given["sigma"],
        rbf=given.get("radialBasis", "gto"),
        weighting=given.get("weighting") and dict(given["weighting"]),  # DScribe fills in defaults
        compression={"mode": given.get("compression", "off")},
        average=average,
        periodic=False,
    )
    points = [*POINTS, FAR]
    species = [*SPECIES, 0]
    atoms = Atoms("".join(ELEMENTS[s] for s in species), positions=points)
    derivatives, rows = soap.derivatives(atoms, centers=centers, attach=attach, method=method)
    return {
        "name": name,
        "method": method,
        "options": given | {"nSpecies": 2, "average": average},
        "points": points,
        "species": species,
        "centers": [points[c] if isinstance(c, int) else c for c in centers],
        "attach": centers if attach else [-1] * len(centers),
        "rows": np.atleast_2d(rows).tolist(),
        "derivatives": derivatives.tolist() if method == "analytical" else rounded(derivatives),
    }


def rounded(differences):
    """They have some eight digits."""
    return np.vectorize(lambda value: float(f"{value:.10g}"))(differences).tolist()


def main():
    warnings.filterwarnings("ignore")
    cases = [
        case("analytical", [0, PLACES[0]], method="analytical"),
        case("analytical-attached", [0, 4], attach=True, method="analytical"),
        case("analytical-crossover", [3, 1], attach=True, method="analytical", compression="crossover"),
        case("mu2", [0, PLACES[1]], compression="mu2"),
        case("mu1nu1-attached", [1, 2], attach=True, compression="mu1nu1"),
        case("poly-attached", [0, 1], attach=True, weighting=POLY),
        case("pow", PLACES, weighting=POW),
        case("exp-attached", [2, 3], attach=True, weighting=EXP),
        case("polynomial", PLACES, radialBasis="polynomial"),
        case("polynomial-attached", [0, 4], attach=True, radialBasis="polynomial", weighting=POLY),
        case("inner", [0, *PLACES], average="inner"),
        case("outer", [0, *PLACES], average="outer"),
        case("outer-attached", [0, 1, 2], attach=True, average="outer"),
        case("inner-attached", [0, 1, 2], attach=True, average="inner"),
    ]
    (HERE / "derivatives.json").write_text(json.dumps({"cases": cases}) + "\n")


if __name__ == "__main__":
    main()
