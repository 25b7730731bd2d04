"""Trains small regressors and writes what scikit-learn (and LightGBM) make of some rows: `sklearn.json`, `models/`.

    python test/conformance/regression/make_sklearn.py

A few seconds. Made with scikit-learn 1.9.1, skl2onnx 1.20.0, onnxmltools 1.16.0, LightGBM 4.7.0.
"""
import json
from pathlib import Path

import lightgbm
import numpy as np
from onnxmltools.convert.lightgbm.operator_converters.LightGbm import convert_lightgbm
from skl2onnx import to_onnx, update_registered_converter
from skl2onnx.common.shape_calculator import calculate_linear_regressor_output_shapes
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.multioutput import MultiOutputRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

HERE = Path(__file__).parent
update_registered_converter(
    lightgbm.LGBMRegressor, "LightGbmRegressor", calculate_linear_regressor_output_shapes, convert_lightgbm
)

random = np.random.default_rng(0)
rows = (random.normal(size=(160, 3)) * [20, 10, 1] + [80, 30, 3]).round(2).astype(np.float32)
price = rows @ [2.5, -1.25, 8] + 0.02 * rows[:, 0] * rows[:, 2] + random.normal(size=160) + 50
pair = np.stack([price, 400 - price / 2], axis=1)
shown = rows[:6]

# name: the model and what it is trained to say
MODELS = {
    "linear": (LinearRegression(), price),
    "scaled": (make_pipeline(StandardScaler(), Ridge()), price),
    "several": (LinearRegression(), pair),
    "forest": (RandomForestRegressor(5, max_depth=4, random_state=0), price),
    "boosting": (GradientBoostingRegressor(n_estimators=6, random_state=0), price),
    "vectors": (make_pipeline(StandardScaler(), SVR(C=100)), price),
    "both": (MultiOutputRegressor(GradientBoostingRegressor(n_estimators=4, random_state=0)), pair),
    "light": (lightgbm.LGBMRegressor(n_estimators=6, verbose=-1, random_state=0), price),
    # A network: its file does not say that it is no classifier.
    "network": (make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(6,), max_iter=2000, random_state=0)), price),
}


def coefficients(model):
    """Of models that are linear in the columns: one row an output."""
    if isinstance(model, LinearRegression):
        return np.atleast_2d(model.coef_).tolist()
    if hasattr(model, "steps") and isinstance(model.steps[-1][1], Ridge):
        return np.atleast_2d(model.steps[-1][1].coef_ / model.steps[0][1].scale_).tolist()
    return None


def main():
    references = {}
    for name, (model, wanted) in MODELS.items():
        model.fit(rows, wanted)
        onnx = to_onnx(model, rows[:1], target_opset={"": 15, "ai.onnx.ml": 3})
        (HERE / "models" / f"{name}.onnx").write_bytes(onnx.SerializeToString())
        values = np.asarray(model.predict(shown), dtype=float).reshape(len(shown), -1)
        references[name] = {"values": values.tolist()}
        linear = coefficients(model)
        if linear is not None:
            references[name]["coefficients"] = linear
    facts = {"rows": shown.astype(float).round(2).tolist(), "prices": price[:6].round(1).tolist(), "models": references}
    (HERE / "sklearn.json").write_text(json.dumps(facts, indent=1) + "\n")


main()
