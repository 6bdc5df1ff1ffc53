"""DScribe's SOAP on this library: its names, arguments and shapes of results, nothing of its arithmetic.

The shim's own are only what this library has no word for: sparse arrays, lists of structures, centres and atoms left out by number,
and `get_location`. `n_jobs` and `method` change nothing: derivatives are analytic for all options.
"""

import numpy as np
import sparse as sparse_arrays
from ase import Atoms
from ase.data import chemical_symbols
from bridge import ask, decode


class SOAP:
    def __init__(
        self,
        r_cut=None,
        n_max=None,
        l_max=None,
        sigma=1.0,
        rbf="gto",
        weighting=None,
        average="off",
        compression={"mode": "off", "species_weighting": None},
        species=None,
        periodic=False,
        sparse=False,
        dtype="float64",
    ):
        options = {
            "rCut": r_cut,
            "nMax": n_max,
            "lMax": l_max,
            "sigma": sigma,
            "radialBasis": rbf,
            "weighting": weighting,
            "average": average,
            "compression": compression["mode"],
            "species": list(dict.fromkeys(_symbol(each) for each in species)),
            "speciesWeighting": compression.get("species_weighting"),
            "periodic": periodic,
            "precision": dtype,
        }
        self._options = {name: value for name, value in options.items() if value is not None}
        known = ask("configure", self._options)
        self._r_cut = known["rCut"]
        self._features = known["featureCount"]
        self._species = known["species"]
        self._species_weights = np.array(known.get("factors") or np.ones(len(self._species)))
        self.average = average
        self.sparse = sparse

    @property
    def _alphas(self):
        return decode(ask("basis", self._options)["alpha"])

    @property
    def _betas(self):
        return decode(ask("basis", self._options)["beta"])

    def get_number_of_features(self):
        return self._features

    def get_location(self, pair):
        """Where a pair of species lies in a row, by the order that docs/operators.md tells."""
        n_max, n_l = self._options["nMax"], self._options["lMax"] + 1
        names = self._species
        wanted = tuple(sorted(names.index(_symbol(each)) for each in pair))
        start = 0
        for i in range(len(names)):
            for j in range(i, len(names) if self._options["compression"] == "off" else i + 1):
                size = n_l * (n_max * (n_max + 1) // 2 if i == j else n_max**2)
                if (i, j) == wanted:
                    return slice(start, start + size)
                start += size
        raise ValueError(f"no components of {pair}")

    def create(self, system, centers=None, n_jobs=1):
        if not isinstance(system, Atoms):
            return _stack([self.create(*each) for each in zip(system, _each(centers, len(system)))])
        request, _ = self._request(system, centers)
        return self._rows(ask("rows", self._options, **request))

    def derivatives(
        self, system, centers=None, include=None, exclude=None, method="auto", return_descriptor=True, attach=False, n_jobs=1
    ):
        if not isinstance(system, Atoms):
            n = len(system)
            arguments = zip(system, _each(centers, n), _of_each(include, n), _of_each(exclude, n))
            found = [self.derivatives(*each, attach=attach) for each in arguments]
            return tuple(_stack(list(part)) for part in zip(*found))
        request, numbers = self._request(system, centers)
        indices = _indices(include, exclude, len(system))
        attached = numbers if attach else [-1] * len(numbers)
        answer = ask("derivatives", self._options, attach=attached, indices=indices, **request)
        derivatives = decode(answer["derivatives"]).reshape(-1, len(indices), 3, self._features)
        derivatives = self._finished(derivatives if self.average == "off" else derivatives[0])
        return (derivatives, self._rows(answer)) if return_descriptor else derivatives

    def _request(self, system, centers):
        """What is asked of the server, and of each centre the number of its atom or -1."""
        positions = system.get_positions()
        if centers is None:
            centers = range(len(positions))
        numbers = [int(each) if isinstance(each, (int, np.integer)) else -1 for each in centers]
        places = [positions[each] if number >= 0 else each for each, number in zip(centers, numbers)]
        request = {
            "points": positions,
            "centers": np.array(places, float),
            "species": system.get_chemical_symbols(),
        }
        if self._options["periodic"]:
            request["cell"] = {
                "vectors": np.array(system.cell).ravel().tolist(),
                "periodic": system.pbc.tolist(),
            }
        return request, numbers

    def _rows(self, answer):
        rows = decode(answer["rows"]).reshape(-1, self._features)
        return self._finished(rows if self.average == "off" else rows[0])

    def _finished(self, array):
        array = array.astype(self._options["precision"])
        return sparse_arrays.COO.from_numpy(array) if self.sparse else array


def _symbol(species):
    return species if isinstance(species, str) else chemical_symbols[int(species)]


def _indices(include, exclude, n_atoms):
    if include is not None and exclude is not None:
        raise ValueError("include, exclude: expected one of them")
    if include is not None:
        if len(include) == 0:
            raise ValueError("include: expected an atom")  # this library gives an empty result
        return [int(each) for each in include]
    left_out = set(exclude or [])
    if not left_out <= set(range(n_atoms)):
        raise ValueError(f"exclude: expected atoms from 0 to {n_atoms - 1}")
    return [each for each in range(n_atoms) if each not in left_out]


def _each(values, n):
    return [None] * n if values is None else values


def _of_each(values, n):
    """Lists for each structure, or one for all."""
    return values if values is not None and not isinstance(values[0], int) else [values] * n


def _stack(arrays):
    if len({array.shape for array in arrays}) > 1:
        return arrays
    return sparse_arrays.stack(arrays) if isinstance(arrays[0], sparse_arrays.COO) else np.stack(arrays)
