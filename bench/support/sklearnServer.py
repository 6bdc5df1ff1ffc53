"""Fits scikit-learn's PCA and RobustScaler on one thread, for bench/pca.mjs and bench/robustRescale.mjs.

A JSON object a line on standard input, one on standard output for each:
  {"version": true}                                   of scikit-learn
  {"load": path, "columns": count, "dtype": name}     the rows of all requests to come
  {"pca": components, "solver": name, "found": path}  seconds of a fit; variances and components go to that file, as float64
  {"robust": true, "found": path}                     the same of a RobustScaler: medians and ranges
"""

import json
import sys
import time

import numpy as np
import sklearn
from sklearn.decomposition import PCA
from sklearn.preprocessing import RobustScaler

rows = np.zeros((0, 1))


def fit(model, names, path):
    wall, cpu = time.perf_counter(), time.process_time()
    model.fit(rows)
    times = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    np.concatenate([getattr(model, name).ravel() for name in names]).astype(np.float64).tofile(path)
    return times


for line in sys.stdin:
    request = json.loads(line)
    if "load" in request:
        rows = np.zeros((0, 1))
        rows = np.fromfile(request["load"], dtype=request["dtype"]).reshape(-1, request["columns"])
        answer = {}
    elif "pca" in request:
        model = PCA(n_components=request["pca"], svd_solver=request["solver"], random_state=0)
        answer = fit(model, ["explained_variance_", "components_"], request["found"])
    elif "robust" in request:
        answer = fit(RobustScaler(), ["center_", "scale_"], request["found"])
    else:
        answer = {"version": sklearn.__version__}
    print(json.dumps(answer), flush=True)
