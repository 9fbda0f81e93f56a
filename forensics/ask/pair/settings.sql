-- The floors and rules in force.
--
-- reads   settings
-- grain   one row; none before the first analysis

SELECT
    accounts, pairs, alpha, linked_floor_bits, lead_floor_bits, least_bits, kept_bits, min_behavior_bits, min_family_bits,
    choice_shares, behavior_cap_bits, ring_neighbors, pair_accounts
FROM settings
ORDER BY accounts
