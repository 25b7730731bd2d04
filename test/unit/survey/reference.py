"""Numbers about predictions, by scikit-learn, SciPy and cleanlab's published rule; written to reference.json.

    python test/unit/survey/reference.py
"""
import json
from pathlib import Path

import numpy
from scipy.stats import norm
from sklearn.metrics import confusion_matrix, log_loss, precision_recall_fscore_support, top_k_accuracy_score

HERE = Path(__file__).parent


def wilson(hits, of):
    """Roots of |p̂ − p| = z √(p(1 − p)/n)."""
    z = norm.ppf(0.975)
    p = hits / of
    a, b, c = 1 + z * z / of, -(2 * p + z * z / of), p * p
    root = numpy.sqrt(b * b - 4 * a * c)
    return [(-b - root) / (2 * a), (-b + root) / (2 * a)]


def calibration(p, gold, bins):
    """Guo et al. 2017, equation 3: bins (low, high]."""
    sure, right = p.max(axis=1), p.argmax(axis=1) == gold
    edges = numpy.linspace(0, 1, bins + 1)
    total = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (sure > low) & (sure <= high)
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - sure[inside].mean())
    return total


def suspected(p, gold):
    """Northcutt et al. 2021, equations 2 and 3; then those the model itself predicts as labelled are left out."""
    classes = p.shape[1]
    threshold = numpy.array([p[gold == j, j].mean() if (gold == j).any() else numpy.inf for j in range(classes)])
    result = []
    for row, label in zip(p, gold):
        above = [j for j in range(classes) if row[j] >= threshold[j] - 1e-6]
        best = max(above, key=lambda j: row[j]) if above else -1
        result.append(best if best not in (-1, label) and row.argmax() != label else -1)
    return result


def case(seed, rows, classes, noise):
    random = numpy.random.default_rng(seed)
    truth = random.integers(0, classes, rows)
    logits = random.normal(size=(rows, classes)) * 1.5
    logits[numpy.arange(rows), truth] += 2.0
    p = numpy.exp(logits - logits.max(axis=1, keepdims=True))
    p = (p / p.sum(axis=1, keepdims=True)).astype(numpy.float32)
    flip = random.random(rows) < noise
    gold = numpy.where(flip, random.integers(0, classes, rows), truth)
    predicted = p.argmax(axis=1)
    every = list(range(classes))
    precision, recall, f1, support = precision_recall_fscore_support(gold, predicted, labels=every, zero_division=0)
    macro = precision_recall_fscore_support(gold, predicted, average="macro", zero_division=0)
    wide = p.astype(numpy.float64)
    wide /= wide.sum(axis=1, keepdims=True)
    return {
        "classes": classes,
        "probabilities": [[float(value) for value in row] for row in p],
        "gold": gold.tolist(),
        "confusion": confusion_matrix(gold, predicted, labels=every).flatten().tolist(),
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "f1": f1.tolist(),
        "macro": [float(value) for value in macro[:3]],
        "accuracy": float((gold == predicted).mean()),
        "interval": wilson(int((gold == predicted).sum()), rows),
        "top3": float(top_k_accuracy_score(gold, p, k=3, labels=every)) if classes > 3 else None,
        "loss": float(log_loss(gold, wide, labels=every)),
        "calibration": calibration(p.astype(numpy.float64), gold, 10),
        "suspected": suspected(p.astype(numpy.float64), gold),
        "entropy": [float(-(row * numpy.log(row)).sum()) for row in wide],
    }


def main():
    cases = [case(1, 60, 2, 0.2), case(2, 120, 6, 0.15), case(3, 80, 25, 0.1)]
    (HERE / "reference.json").write_text(json.dumps(cases), encoding="utf-8")


if __name__ == "__main__":
    main()
