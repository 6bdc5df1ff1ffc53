"""Rows of random clouds beside an independent reference.

    python reference.py cases seed

The reference knows no spherical harmonics, no tables and no index of neighbours. Radial functions are quadratures in 40 digits,

    R_nl(r) = 4 pi int g_nl(x) i_l(x r / sigma^2) exp(-(x^2 + r^2) / (2 sigma^2)) x^2 dx,

g the orthonormalized basis; then, by the addition theorem of Legendre polynomials,

    P_nn'l = pi sqrt(8 / (2l+1)) (2l+1) / (4 pi) sum_pq w_p w_q R_nl(r_p) R_n'l(r_q) P_l(cos gamma_pq).

Clouds that repeat are written out, image by image. The exit code is 1 if a row differs.
"""

import itertools
import json
import sys

import mpmath as mp
import numpy as np
from bridge import ask, decode

mp.mp.dps = 40
# Of a row's largest component. The tables of radial functions promise 1e-13 of each function's maximum.
TOLERANCE = 1e-11
NODES = 30


def main():
    cases, seed = int(sys.argv[1]), int(sys.argv[2])
    random = np.random.default_rng(seed)
    worst, wrong = 0.0, 0
    for number in range(1, cases + 1):
        options = random_options(random)
        cloud = random_cloud(random, len(options["species"]))
        symbols = [options["species"][each] for each in cloud["species"]]
        cell = {"vectors": cloud["vectors"].ravel().tolist(), "periodic": cloud["periodic"]} if options["periodic"] else None
        answer = ask("rows", options, points=cloud["points"], centers=cloud["centers"], species=symbols, cell=cell)
        expected = reference_rows(options, cloud)
        rows = decode(answer["rows"]).reshape(expected.shape)
        error = np.max(np.abs(rows - expected).max(axis=1) / np.abs(expected).max(axis=1))
        worst = max(worst, error)
        if not error < TOLERANCE:
            wrong += 1
            print(f"case {number}: off by {error:.1e} of the largest component: {json.dumps(options)}")
    print(f"quadrature: {cases - wrong} of {cases} random cases agree to {TOLERANCE:.0e} of a row's largest component; at most {worst:.1e}")
    return 1 if wrong or cases < 1 else 0


def random_options(random):
    """Symbols are in the order of atomic numbers, as they are in a row."""
    basis = random.choice(["gto", "polynomial"])
    species = ["H", "C", "O"][: random.integers(1, 4)]
    options = {
        "rCut": random.uniform(2, 4),
        "nMax": int(random.integers(1, 5)),
        "lMax": int(random.integers(0, 6)),
        "sigma": random.uniform(0.3, 1),
        "radialBasis": basis,
        "species": species,
        "periodic": bool(random.random() < 0.3),
        "average": random.choice(["off", "inner", "outer"]),
        "compression": random.choice(["off", "mu2", "mu1nu1", "crossover"]),
        "precision": "float64",
    }
    if random.random() < 0.5:
        options["speciesWeighting"] = {name: random.uniform(0.5, 2) for name in species}
    weighting = {
        "poly": {"r0": random.uniform(2, 6), "c": random.uniform(0.5, 2), "m": random.uniform(1, 3)},
        "pow": {"r0": random.uniform(1, 3), "c": 1.5, "d": random.uniform(0.5, 2), "m": random.uniform(1, 4)},
        "exp": {"r0": random.uniform(1, 3), "c": 1.5, "d": random.uniform(0.5, 2)},
        None: {},
    }
    function = random.choice(list(weighting))
    if function is not None:
        options["weighting"] = {"function": function, **weighting[function]}
    if random.random() < 0.5:
        options["weighting"] = {**options.get("weighting", {}), "w0": random.uniform(0, 2)}
    return options


def random_cloud(random, n_species):
    """Six points, two of them centres, in a skewed cell."""
    points = random.uniform(-2, 2, (6, 3))
    vectors = np.diag(random.uniform(2.5, 5, 3)) + random.uniform(-1, 1, (3, 3))
    periodic = [bool(random.random() < 0.7) for _ in range(3)]
    species = random.integers(0, n_species, 6)
    return {"points": points, "centers": points[:2], "vectors": vectors, "periodic": periodic, "species": species}


def reference_rows(options, cloud):
    radial = RadialFunctions(options)
    around = [neighbours(options, cloud, center) for center in cloud["centers"]]
    if options["average"] == "inner":
        # Coefficients are linear in the density: their mean is that of all points around all centres.
        return power_spectrum(options, radial, [each for one in around for each in one])[None] / len(around) ** 2
    rows = np.array([power_spectrum(options, radial, one) for one in around])
    return rows if options["average"] == "off" else rows.mean(axis=0)[None]


def neighbours(options, cloud, center):
    """(species, displacement) of all points and images within the cutoff."""
    cutoff = options["rCut"] + options["sigma"] * np.sqrt(-2 * np.log(0.001))
    shifts = np.zeros((1, 3))
    if options["periodic"]:
        # The shortest height of these cells is above 1.
        reach = int(cutoff + 8)
        steps = [range(-reach, reach + 1) if repeats else [0] for repeats in cloud["periodic"]]
        shifts = np.array(list(itertools.product(*steps)), float) @ cloud["vectors"]
    found = []
    for species, point in zip(cloud["species"], cloud["points"]):
        displacements = point - center + shifts
        for displacement in displacements[np.linalg.norm(displacements, axis=1) <= cutoff]:
            found.append((species, displacement))
    return found


def power_spectrum(options, radial, around):
    l_max, n_species = options["lMax"], len(options["species"])
    factors = list(options.get("speciesWeighting", {}).values()) or [1] * n_species
    displacements = np.array([displacement for _, displacement in around])
    distances = np.linalg.norm(displacements, axis=1)
    directions = displacements / np.where(distances > 0, distances, 1)[:, None]
    cosines = directions @ directions.T
    values = np.array(
        [factors[s] * weight(options, r) * radial.at(r) for (s, _), r in zip(around, distances)]
    )  # point, l, n
    of_species = [np.array([s == wanted for s, _ in around]) for wanted in range(n_species)]
    every = np.ones(len(around), bool)
    row = []

    def add(left, right, is_triangular):
        for l in range(l_max + 1):
            legendre = np.polynomial.legendre.legval(cosines[np.ix_(left, right)], np.eye(l_max + 1)[l])
            product = values[left, l].T @ legendre @ values[right, l]
            product *= np.pi * np.sqrt(8 / (2 * l + 1)) * (2 * l + 1) / (4 * np.pi)
            row.extend(product[np.triu_indices(len(product))] if is_triangular else product.ravel())

    compression = options["compression"]
    if compression == "mu2":
        add(every, every, True)
    for s, own in enumerate(of_species):
        if compression == "mu1nu1":
            add(own, every, False)
        elif compression != "mu2":
            add(own, own, True)
        if compression == "off":
            for other in of_species[s + 1 :]:
                add(own, other, False)
    return np.array(row)


def weight(options, r):
    w = options.get("weighting", {})
    if r == 0 and "w0" in w:
        return w["w0"]
    match w.get("function"):
        case "poly":
            return w["c"] * max(1 + 2 * (r / w["r0"]) ** 3 - 3 * (r / w["r0"]) ** 2, 0) ** w["m"] if r < w["r0"] else 0
        case "pow":
            return w["c"] / (w["d"] + (r / w["r0"]) ** w["m"])
        case "exp":
            return w["c"] / (w["d"] + np.exp(-r / w["r0"]))
        case None:
            return 1


class RadialFunctions:
    """R_nl(r), by Gauss-Legendre quadrature between places where the integrand bends."""

    def __init__(self, options):
        self.l_max = options["lMax"]
        self.sigma = mp.mpf(options["sigma"])
        n_max, cutoff = options["nMax"], mp.mpf(options["rCut"])
        if options["radialBasis"] == "gto":
            self.end = mp.inf
            self.bases = [gto(n_max, l, cutoff) for l in range(self.l_max + 1)]
        else:
            self.end = cutoff
            self.bases = [polynomials(n_max, cutoff)] * (self.l_max + 1)
        self.nodes = [polished(x) for x in np.polynomial.legendre.leggauss(NODES)[0]]
        self.known = {}

    def at(self, r):
        """(lMax+1) x nMax"""
        if r not in self.known:
            self.known[r] = self.integrate(mp.mpf(float(r)))
        return self.known[r]

    def integrate(self, r):
        sigma = self.sigma
        bends = [0, *(r + k * sigma for k in (-10, -6, -3, -1, 1, 3, 6, 10))]
        places = sorted({min(max(mp.mpf(bend), mp.mpf(0)), self.end) for bend in bends})
        sums = [[mp.mpf(0)] * len(basis) for basis, _ in self.bases]
        for start, end in itertools.pairwise(places):
            for node, share in self.nodes:
                x = (start + end) / 2 + (end - start) / 2 * node
                common = share * (end - start) / 2 * 4 * mp.pi * x**2 * mp.exp(-((x - r) ** 2) / (2 * sigma**2))
                for l, (basis, _) in enumerate(self.bases):
                    bessel = common * scaled_bessel(l, x * r / sigma**2)
                    for n, primitive in enumerate(basis):
                        sums[l][n] += bessel * primitive(x)
        return np.array([[float(value) for value in beta * mp.matrix(own)] for own, (_, beta) in zip(sums, self.bases)])


def scaled_bessel(l, x):
    """i_l(x) exp(-x)"""
    if x == 0:
        return mp.mpf(l == 0)
    return mp.sqrt(mp.pi / (2 * x)) * mp.besseli(l + mp.mpf(1) / 2, x) * mp.exp(-x)


def gto(n_max, l, cutoff):
    ends = [1 + (cutoff - 1) * k / max(n_max - 1, 1) for k in range(n_max)]
    alphas = [mp.log(1000 * end**l) / end**2 for end in ends]
    overlaps = mp.matrix(n_max, n_max)
    for i, j in itertools.product(range(n_max), repeat=2):
        overlaps[i, j] = mp.gamma(l + mp.mpf(3) / 2) / 2 * (alphas[i] + alphas[j]) ** -(l + mp.mpf(3) / 2)
    return [lambda x, alpha=alpha: x**l * mp.exp(-alpha * x**2) for alpha in alphas], inverse_root(overlaps)


def polynomials(n_max, cutoff):
    powers = range(3, n_max + 3)
    overlaps = mp.matrix(n_max, n_max)
    for (i, a), (j, b) in itertools.product(enumerate(powers), repeat=2):
        overlaps[i, j] = mp.beta(3, a + b + 1) * cutoff ** (a + b + 3)
    return [lambda x, power=power: (cutoff - x) ** power for power in powers], inverse_root(overlaps)


def inverse_root(matrix):
    values, vectors = mp.eigsy(matrix)
    return vectors * mp.diag([1 / mp.sqrt(value) for value in values]) * vectors.T


def polished(x):
    """A root of P_NODES in all digits, and its weight."""
    x = mp.findroot(lambda t: mp.legendre(NODES, t), mp.mpf(x))
    slope = NODES * (mp.legendre(NODES - 1, x) - x * mp.legendre(NODES, x)) / (1 - x**2)
    return x, 2 / ((1 - x**2) * slope**2)


if __name__ == "__main__":
    sys.exit(main())
