"""Numbers of scikit-learn for the analyses of server/patterns: neighbours, Laplacian eigenvalues, spectral groups.

    python test/unit/patterns/make_references.py

Writes references.json. Points are made here too, and stored, so that both sides see the same ones.
"""
import json
from pathlib import Path

import numpy
from scipy.sparse.csgraph import laplacian
from sklearn.cluster import SpectralClustering
from sklearn.datasets import make_blobs, make_moons
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import NearestNeighbors, kneighbors_graph

K = 10


def case(name, points, truth, groups):
    points = points.astype(numpy.float32)
    distances, indices = NearestNeighbors(n_neighbors=K + 1).fit(points).kneighbors(points)
    graph = kneighbors_graph(points, K + 1, include_self=True)
    affinity = 0.5 * (graph + graph.T)
    eigenvalues = numpy.linalg.eigvalsh(laplacian(affinity.toarray(), normed=True))
    labels = SpectralClustering(
        groups, affinity="nearest_neighbors", n_neighbors=K + 1, assign_labels="kmeans", random_state=0
    ).fit_predict(points)
    return {
        "name": name,
        "width": points.shape[1],
        "points": [round(float(value), 7) for value in points.ravel()],
        "truth": truth.tolist(),
        "groups": groups,
        "indices": indices[:8, 1:].tolist(),
        "distances": [[round(float(d), 6) for d in row] for row in distances[:8, 1:]],
        "eigenvalues": [round(float(value), 7) for value in eigenvalues[:12]],
        "labels": labels.tolist(),
        "rand": adjusted_rand_score(truth, labels),
    }


def uneven(seed):
    """A small tight group beside a large wide one: what a shortcut among heatmaps looks like."""
    random = numpy.random.default_rng(seed)
    large = random.normal(0, 1, (170, 6))
    small = random.normal(0, 0.4, (30, 6)) + numpy.array([3.2, 0, 0, 3.2, 0, 0])
    return numpy.concatenate([large, small]), numpy.repeat([0, 1], [170, 30])


if __name__ == "__main__":
    blobs = make_blobs(150, 4, centers=3, cluster_std=1.3, random_state=3)
    moons = make_moons(160, noise=0.06, random_state=1)
    cases = [
        case("blobs", *blobs, 3),
        case("moons", *moons, 2),
        case("uneven", *uneven(5), 2),
        case("few", *make_blobs(40, 3, centers=2, random_state=2), 2),
    ]
    for one in cases:
        print(one["name"], "adjusted Rand of scikit-learn", round(one["rand"], 3), one["eigenvalues"][:5])
    Path(__file__).with_name("references.json").write_text(json.dumps(cases) + "\n")
