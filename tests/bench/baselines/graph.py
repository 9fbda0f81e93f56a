"""Groups from edges: connected components and Louvain-like communities, of two accounts and more."""

import graspologic_native
import numpy as np
import polars as pl

NOBODY = pl.DataFrame(schema={"cluster_id": pl.String, "user_id": pl.String})


def components(edges: pl.DataFrame) -> pl.DataFrame:
    """Return connected components of edges `a`, `b`, by passing the smallest number along until nothing changes."""
    if edges.is_empty():
        return NOBODY
    names = pl.concat([edges["a"], edges["b"]]).unique().sort()
    number = pl.DataFrame({"name": names, "n": np.arange(len(names))})
    ends = edges.join(number, left_on="a", right_on="name").join(number, left_on="b", right_on="name", suffix="_b")
    left, right = ends["n"].to_numpy(), ends["n_b"].to_numpy()
    label = np.arange(len(names))
    while True:
        before = label.copy()
        least = np.minimum(label[left], label[right])
        np.minimum.at(label, left, least)
        np.minimum.at(label, right, least)
        label = label[label]
        if (label == before).all():
            return pl.DataFrame({"cluster_id": label, "user_id": names}).cast({"cluster_id": pl.String})


def communities(edges: pl.DataFrame) -> pl.DataFrame:
    """Return communities of weighted edges `a`, `b`, `weight` by modularity, as Louvain would (Leiden, seed 1)."""
    if edges.is_empty():
        return NOBODY
    listed = list(edges.select("a", "b", pl.col("weight").cast(pl.Float64)).sort("a", "b").iter_rows())
    _, found = graspologic_native.leiden(edges=listed, resolution=1.0, use_modularity=True, seed=1)
    return pl.DataFrame({"cluster_id": list(found.values()), "user_id": list(found)}).cast({"cluster_id": pl.String})
