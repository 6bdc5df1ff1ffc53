"""DScribe on one thread, as a server: a request in JSON a line on standard input, an answer in JSON a line on standard output.

{"load": path}                             -> {"version"}  the cases that bench/support/dscribe.mjs has written
{"time": case}                             -> {"seconds"}  for all clouds of the case, every point a centre
{"rows": case, "cloud": i, "centers": []}  -> {"rows"}     of these centres, indices of points
{"differentiate": case}                    -> {"seconds"}  rows and derivatives of all clouds, every point a centre that moves along
{"derivatives": case, "cloud": i}          -> {"rows"}     of the derivatives of a cloud: one for each centre, point and axis
"""

import json
import sys
import time
import warnings
from importlib.metadata import version

warnings.filterwarnings("ignore")  # DScribe's own overlap matrix is ill-conditioned at the paper's parameters

from ase import Atoms  # noqa: E402
from dscribe.descriptors import SOAP  # noqa: E402


class Case:
    def __init__(self, symbols, options, clouds):
        self.soap = SOAP(
            species=symbols,
            r_cut=options["rCut"],
            n_max=options["nMax"],
            l_max=options["lMax"],
            sigma=options["sigma"],
            periodic=False,
        )
        # Centres as positions: a few per cent faster than as indices of atoms.
        self.clouds = [
            (Atoms([symbols[s] for s in cloud["species"]], positions=cloud["points"]), cloud["points"])
            for cloud in clouds
        ]

    def time(self):
        start = time.perf_counter()
        for structure, points in self.clouds:
            self.soap.create(structure, centers=points, n_jobs=1)
        return time.perf_counter() - start

    def differentiate(self, cloud):
        structure, points = self.clouds[cloud]
        centers = list(range(len(points)))
        return self.soap.derivatives(structure, centers=centers, attach=True, method="analytical", n_jobs=1)[0]

    def time_derivatives(self):
        start = time.perf_counter()
        for cloud in range(len(self.clouds)):
            self.differentiate(cloud)
        return time.perf_counter() - start

    def rows(self, cloud, centers):
        structure, points = self.clouds[cloud]
        return self.soap.create(structure, centers=[points[i] for i in centers], n_jobs=1)


def main():
    cases = []
    for line in sys.stdin:
        request = json.loads(line)
        if "load" in request:
            with open(request["load"], encoding="utf8") as file:
                cases = [Case(**case) for case in json.load(file)]
            answer = {"version": version("dscribe")}
        elif "time" in request:
            answer = {"seconds": cases[request["time"]].time()}
        elif "differentiate" in request:
            answer = {"seconds": cases[request["differentiate"]].time_derivatives()}
        elif "derivatives" in request:
            derivatives = cases[request["derivatives"]].differentiate(request["cloud"])
            answer = {"rows": derivatives.reshape(-1, derivatives.shape[-1]).tolist()}
        else:
            rows = cases[request["rows"]].rows(request["cloud"], request["centers"])
            answer = {"rows": rows.tolist()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
