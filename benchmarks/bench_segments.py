"""Choosing the number of segments, against scikit-learn doing the same work in the same run.

    python benchmarks/bench_segments.py [--customers 1000000] [--features 10] [--cloud] [--full] [--json out.json]

The work: k-means for k = 2 … 10 with ten starts each; inertia, silhouette, Calinski-Harabasz and Davies-Bouldin for every k; adjusted Rand index of 20
bootstrap refits (five starts each) at k = 6. scikit-learn does all of it on all rows, its silhouette on 20,000 of them. segmentry searches on a
coreset of 50,000, polishes on all rows, takes silhouettes on stratified samples of 5,000, and refits on 10,000 draws each that are then applied to all rows.

scikit-learn takes minutes: unless ``--full``, its time is MEASURED ON A PART AND SCALED LINEARLY (see `Share`); ours is always measured whole.
The data: six overlapping groups of unequal size, three of their features skewed; ``--cloud``: one Gaussian group, the hardest case for k-means.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, calinski_harabasz_score, davies_bouldin_score, silhouette_score

from segmentry.segments.coreset import draw
from segmentry.segments.indices import separation, silhouette_points, silhouettes
from segmentry.segments.kmeans import CORESET_ROWS, fit_sampled
from segmentry.segments.stability import stability

KS = tuple(range(2, 11))
CHOSEN = 6
STARTS, REFITS, REFIT_STARTS = 10, 20, 5
SILHOUETTE_ROWS = 20_000


@dataclass(frozen=True)
class Share:
    """What scikit-learn really runs: starts for every k, numbers of segments whose indices are computed, and refits."""

    starts: int = 3
    indices: tuple[int, ...] = (2, 6, 10)
    refits: int = 1

    @property
    def words(self) -> str:
        """Say it."""
        if self == FULL:
            return "scikit-learn did all of the work"
        return (
            f"scikit-learn ran {self.starts} of {STARTS} starts for every k, the indices of k = {', '.join(map(str, self.indices))}, "
            f"{self.refits} of {REFITS} refits; its seconds are scaled linearly from these"
        )


FULL = Share(STARTS, KS, REFITS)


def customers(rows: int, features: int, *, cloud: bool) -> np.ndarray:
    """Make standardised points: the same every time."""
    generator = np.random.default_rng(0)
    if cloud:
        return generator.normal(size=(rows, features))
    centres = generator.normal(size=(6, features)) * 1.5
    points = generator.normal(size=(rows, features)) + centres[generator.choice(6, size=rows, p=[0.35, 0.25, 0.18, 0.12, 0.08, 0.02])]
    points[:, :3] = np.exp(points[:, :3] / 3)
    points -= points.mean(axis=0)
    points /= points.std(axis=0)
    return points


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds and the result."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def ours(points: np.ndarray) -> dict[str, Any]:
    """Do all of the work with segmentry."""
    drawing, drawn = timed(lambda: draw(points, CORESET_ROWS, seed=0))
    fitting, fits = timed(lambda: {k: fit_sampled(points, k, drawn, seed=0, starts=STARTS) for k in KS})
    labelings = [fits[k].clustering.labels for k in KS]
    scoring, (scores, _) = timed(lambda: (silhouettes(points, labelings, seed=0), [separation(points, labels) for labels in labelings]))
    refitting, stable = timed(lambda: stability(points, fits[CHOSEN].clustering.labels + 1, seed=0, resamples=REFITS))
    return {
        "fits": drawing + fitting,
        "indices": scoring,
        "stability": refitting,
        "inertia": {k: fit.clustering.inertia for k, fit in fits.items()},
        "excess": max(fit.excess for fit in fits.values()),
        "error": max(score.error for score in scores),
        "ari": stable.ari,
    }


def theirs(points: np.ndarray, share: Share) -> dict[str, Any]:
    """Do a share of the work with scikit-learn, and scale its seconds to the whole."""
    fitting, inertia, labelings = 0.0, {}, {}
    for k in KS:
        seconds, found = timed(lambda: KMeans(k, n_init=share.starts, random_state=0).fit(points))  # noqa: B023
        if share.starts < STARTS:
            # What a fit takes whatever its starts (checks, a copy) is not scaled.
            once, _ = timed(lambda: KMeans(k, n_init=1, random_state=0, max_iter=1).fit(points))  # noqa: B023
            seconds = once + (seconds - once) * STARTS / share.starts
        fitting += seconds
        inertia[k], labelings[k] = found.inertia_, found.labels_
    scoring = sum(timed(lambda: indices(points, labelings[k]))[0] for k in share.indices) * len(KS) / len(share.indices)  # noqa: B023
    refitting, agreed = timed(lambda: [refit(points, labelings[CHOSEN], seed) for seed in range(share.refits)])
    return {
        "fits": fitting,
        "indices": scoring,
        "stability": refitting * REFITS / share.refits,
        "inertia": inertia,
        "ari": float(np.mean(agreed)),
    }


def indices(points: np.ndarray, labels: np.ndarray) -> tuple[float, ...]:
    """Return what scikit-learn says of a labelling."""
    silhouette = silhouette_score(points, labels, sample_size=SILHOUETTE_ROWS, random_state=0)
    return silhouette, calinski_harabasz_score(points, labels), davies_bouldin_score(points, labels)


def refit(points: np.ndarray, labels: np.ndarray, seed: int) -> float:
    """Return how far a refit on a bootstrap sample agrees."""
    rows = np.random.default_rng(seed).integers(len(points), size=len(points))
    found = KMeans(CHOSEN, n_init=REFIT_STARTS, random_state=seed).fit(points[rows])
    return float(adjusted_rand_score(labels, found.predict(points)))


def exact_silhouette(points: np.ndarray) -> dict[str, float]:
    """Compare exact silhouettes, the best of three in turns."""
    labels = KMeans(CHOSEN, n_init=1, random_state=0).fit(points).labels_.astype(np.int64)
    tries = [(timed(lambda: silhouette_points(points, [labels])[0]), timed(lambda: silhouette_score(points, labels))) for _ in range(3)]
    mine, other = (min(seconds for seconds, _ in each) for each in zip(*tries, strict=True))
    return {"ours": mine, "theirs": other, "ratio": other / mine, "difference": abs(float(tries[0][0][1].mean() - tries[0][1][1]))}


def peak_memory(rows: int, features: int) -> float:
    """Return the gigabytes that our work needs at its peak, the points included, in a process of its own."""
    call = [sys.executable, __file__, "--memory", "--customers", str(rows), "--features", str(features)]
    return float(subprocess.run(call, check=True, capture_output=True, text=True).stdout)


def _resident() -> float:
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) * 1024 / 1e9
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e9


def table(results: dict[str, Any], share: Share) -> str:
    """Return the results as a table for people."""
    mine, other, silhouette = results["segmentry"], results["scikit-learn"], results["silhouette"]
    lines = [results["title"], share.words + ".", "", f"{'seconds':34} {'segmentry':>10} {'scikit-learn':>13} {'times faster':>13}"]
    parts = {"fits": "k = 2 … 10, ten starts each", "indices": "all indices for every k", "stability": "stability, 20 refits"}
    rows = [(words, mine[name], other[name]) for name, words in parts.items()]
    rows.append(("together", sum(row[1] for row in rows), sum(row[2] for row in rows)))
    rows.append((f"exact silhouette, {SILHOUETTE_ROWS:,} rows", silhouette["ours"], silhouette["theirs"]))
    lines += [f"{words:34} {one:10.2f} {two:13.1f} {two / one:13.1f}" for words, one, two in rows]
    more = {k: mine["inertia"][k] / other["inertia"][k] - 1 for k in KS}
    lines += [
        "",
        f"inertia over that of scikit-learn (best of {share.starts} starts): "
        + ", ".join(f"k={k} {value:+.3%}" for k, value in more.items()),
        f"the coreset alone would have cost at most {mine['excess']:.3%} (on rows outside it)",
        f"adjusted Rand index of refits: segmentry {mine['ari']:.3f} (of 10,000 draws), scikit-learn {other['ari']:.3f} (of all rows)",
        f"silhouettes on samples (5,000 stratified rows) have a standard error of at most {mine['error']:.4f}",
        f"exact silhouettes differ by {silhouette['difference']:.1e}",
        f"peak memory of our work on {results['memory_rows']:,} × 20: {results['memory']:.2f} GB",
    ]
    return "\n".join(lines)


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--features", type=int, default=10)
    parser.add_argument("--cloud", action="store_true")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--memory", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    points = customers(options.customers, options.features, cloud=options.cloud)
    if options.memory:
        ours(points)
        print(_resident())
        return 0
    share = FULL if options.full else Share()
    results = {
        "title": f"{options.customers:,} customers × {options.features} features, {'one cloud' if options.cloud else 'six overlapping groups'}",
        "segmentry": ours(points),
        "scikit-learn": theirs(points, share),
        "silhouette": exact_silhouette(points[:SILHOUETTE_ROWS]),
        "memory": peak_memory(options.customers, 20),
        "memory_rows": options.customers,
    }
    print(table(results, share))
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
