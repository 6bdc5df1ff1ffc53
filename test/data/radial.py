"""Writes radial-exact.json beside itself: radial functions G_nl(r) in multiple-precision arithmetic.

    pip install mpmath
    python test/data/radial.py

Nothing is shared with src/soap. `digits` is what the cancellation in a case asks for; twice as many give the same file.
"""

import json
import pathlib

import mpmath as mp

HERE = pathlib.Path(__file__).parent


def loewdin(overlap):
    """S^(-1/2)."""
    values, vectors = mp.eigsy(overlap)
    return vectors * mp.diag([1 / mp.sqrt(value) for value in values]) * vectors.T


def gto(options, radii):
    """G_nl(r) = (2 pi sigma^2)^(3/2) r^l sum_b beta_nb (1 + 2 alpha_b sigma^2)^-(l+3/2) exp(-alpha_b r^2 / (1 + ...))."""
    n_max, variance = options["nMax"], mp.mpf(options["sigma"]) ** 2
    r_cut, r_min = mp.mpf(options["rCut"]), mp.mpf(options.get("rMin", 1))
    ends = [r_min + (r_cut - r_min) * b / (n_max - 1) if b else r_min for b in range(n_max)]
    rows = [[] for _ in radii]
    for l in range(options["lMax"] + 1):
        power = l + mp.mpf(3) / 2
        alpha = [mp.log(1000 * (end / r_min) ** l) / end**2 for end in ends]
        beta = loewdin(mp.matrix(
            [[mp.gamma(power) / 2 * (a + b) ** -power for b in alpha] for a in alpha]))
        for row, r in zip(rows, radii):
            terms = [(1 + 2 * a * variance) ** -power * mp.exp(-a * r * r / (1 + 2 * a * variance)) for a in alpha]
            factor = (2 * mp.pi * variance) ** mp.mpf(1.5) * r**l
            row += [factor * mp.fdot(beta[n, :], terms) for n in range(n_max)]
    return rows


def polynomial(options, radii):
    """G_nl(R) = 4 pi int_0^rCut r^2 g_n(r) exp(-(r^2 + R^2)/(2 sigma^2)) i_l(r R / sigma^2) dr."""
    n_max, r_cut, sigma = options["nMax"], mp.mpf(options["rCut"]), mp.mpf(options["sigma"])
    orders = range(1, n_max + 1)
    beta = loewdin(mp.matrix([
        [2 * r_cut ** (7 + i + j) / ((5 + i + j) * (6 + i + j) * (7 + i + j)) for j in orders] for i in orders]))
    panels = mp.linspace(0, r_cut, int(mp.ceil(r_cut / (2 * sigma))) + 1)

    def i_l(l, x):
        return mp.sqrt(mp.pi / (2 * x)) * mp.besseli(l + mp.mpf(0.5), x) if x else mp.mpf(l == 0)

    rows = []
    for radius in radii:
        row = []
        for l in range(options["lMax"] + 1):
            kernel = {}

            def integrand(r, n):
                if r not in kernel:
                    kernel[r] = r * r * mp.exp(-(r * r + radius * radius) / (2 * sigma**2)) * i_l(l, r * radius / sigma**2)
                return kernel[r] * mp.fsum(beta[n - 1, b - 1] * (r_cut - r) ** (b + 2) for b in orders)

            row += [4 * mp.pi * mp.quad(lambda r: integrand(r, n), panels) for n in orders]
        rows.append(row)
    return rows


# The paper's descriptor; the ends of its search range; small sigma; crowded and many functions; one function; another rMin.
CASES = [
    {"rCut": 63, "nMax": 7, "lMax": 10, "sigma": 3, "digits": 120},
    {"rCut": 2, "nMax": 11, "lMax": 11, "sigma": 1, "digits": 200},
    {"rCut": 2, "nMax": 11, "lMax": 11, "sigma": 10, "digits": 200},
    {"rCut": 100, "nMax": 11, "lMax": 11, "sigma": 10, "digits": 200},
    {"rCut": 5, "nMax": 8, "lMax": 6, "sigma": 0.5, "digits": 120},
    {"rCut": 6, "nMax": 20, "lMax": 20, "sigma": 0.5, "digits": 400},
    {"rCut": 2, "nMax": 4, "lMax": 60, "sigma": 0.25, "digits": 400},
    {"rCut": 5, "nMax": 1, "lMax": 4, "sigma": 0.5, "digits": 60},
    {"rCut": 0.5, "nMax": 5, "lMax": 6, "sigma": 0.05, "rMin": 0.05, "digits": 200},
    {"rCut": 5, "nMax": 8, "lMax": 6, "sigma": 0.8, "radialBasis": "polynomial", "digits": 50},
    {"rCut": 2, "nMax": 11, "lMax": 2, "sigma": 10, "radialBasis": "polynomial", "digits": 60},
    {"rCut": 0.5, "nMax": 6, "lMax": 3, "sigma": 0.1, "radialBasis": "polynomial", "digits": 50},
]

FRACTIONS = [0.0137, 0.2183, 0.5071, 0.8329, 0.99999]  # of rMax


def main(factor=1):
    cases = []
    for case in CASES:
        options = {key: value for key, value in case.items() if key != "digits"}
        mp.mp.dps = factor * case["digits"]
        r_max = options["rCut"] + options["sigma"] * float(mp.sqrt(2 * mp.log(1000)))
        radii = [fraction * r_max for fraction in FRACTIONS]
        functions = polynomial if "radialBasis" in options else gto
        rows = functions(options, [mp.mpf(r) for r in radii])
        cases.append({"options": options, "radii": radii, "values": [[float(value) for value in row] for row in rows]})
        print(options)
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    source = "radial.py: G_nl(r) in multiple-precision arithmetic, rounded to float64; a row of (lMax+1) nMax values a radius"
    (HERE / "radial-exact.json").write_text(f'{{"source":{json.dumps(source)},"cases":[\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
