"""ROWS FOUND THRESHOLD: cluster accounts with Splink 5; started by `splink_run` with the python that has Splink."""

import sys

import duckdb
import splink.comparison_library as cl
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI

COLUMNS = (
    "source_ip", "source_range", "agent", "ja4", "email_domain", "organization_id", "payment_fingerprint",
    "phone_fingerprint", "device_fingerprint",
)  # fmt: skip
BLOCKS = ("source_ip", "source_range", "payment_fingerprint", "phone_fingerprint", "device_fingerprint")


def main(rows: str, found: str, threshold: float) -> None:
    """Train on the rows, predict, cluster, and write the clusters."""
    con = duckdb.connect()
    con.execute("SET threads = 2")
    con.read_parquet(rows).create("accounts")
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[cl.ExactMatch(name).configure(term_frequency_adjustments=True) for name in COLUMNS],
        blocking_rules_to_generate_predictions=[*map(block_on, BLOCKS), block_on("email_domain", "agent")],
    )
    linker = Linker(DuckDBAPI(con).register("accounts"), settings)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for column in ("source_ip", "payment_fingerprint", "device_fingerprint"):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(column))
    predicted = linker.inference.predict(threshold_match_probability=0.5)
    clustered = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predicted, threshold_match_probability=threshold
    )
    clustered.as_duckdbpyrelation().project("cluster_id, unique_id").order("unique_id").write_parquet(found)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
