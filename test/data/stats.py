"""Writes stats.json: robust rescaling, covariance and principal components of a small matrix, by NumPy and scikit-learn.

Columns span eleven decades; one has an offset a million times its spread, one takes three values, one is constant.

    pip install numpy scikit-learn
    python stats.py
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.decomposition import PCA
from sklearn.preprocessing import RobustScaler

ROWS, COMPONENTS, FIRST_ROWS = 50, 3, 5

rng = np.random.default_rng(20240611)
latent = rng.normal(size=(ROWS, 3))
data = latent @ rng.normal(size=(3, 6)) + 0.3 * rng.standard_t(4, size=(ROWS, 6))
data *= [1e-6, 1.0, 1e5, 1e-2, 1.0, 1.0]
data[:, 3] += 1e4
data[:, 4] = 3 * np.sign(np.round(data[:, 4]))
data[:, 5] = 0.1

scaler = RobustScaler().fit(data)
rescaled = scaler.transform(data)
pca = PCA(n_components=COMPONENTS, svd_solver="full").fit(rescaled)
codes = pca.transform(rescaled)

golden = {
    "madeWith": {"numpy": np.__version__, "scikit-learn": sklearn.__version__},
    "columnCount": data.shape[1],
    "data": data.ravel().tolist(),
    "scaler": {"centers": scaler.center_.tolist(), "scales": scaler.scale_.tolist()},
    "rescaled": rescaled[:FIRST_ROWS].ravel().tolist(),
    "covariance": np.cov(data, rowvar=False).ravel().tolist(),
    "rescaledCovariance": np.cov(rescaled, rowvar=False).ravel().tolist(),
    "pca": {
        "mean": pca.mean_.tolist(),
        "components": pca.components_.ravel().tolist(),
        "explainedVariance": pca.explained_variance_.tolist(),
        "explainedVarianceRatio": pca.explained_variance_ratio_.tolist(),
        "codes": codes[:FIRST_ROWS].ravel().tolist(),
        "reconstructionMse": float(np.mean((pca.inverse_transform(codes) - rescaled) ** 2)),
    },
}
Path(__file__).with_suffix(".json").write_text(json.dumps(golden, indent=1) + "\n")
