-- The same measures over all accounts: what is usual here.
--
-- reads  account_features
-- grain  one row

SELECT
    count(*) AS accounts,
    quantile_disc(gap_median_us, 0.5) AS median_gap_us,
    quantile_disc(peak_minute, 0.5) AS median_peak,
    quantile_disc(peak_minute, 0.99) AS high_peak
FROM account_features
