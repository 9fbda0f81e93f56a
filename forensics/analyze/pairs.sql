-- The pairs that passed the gate of their group, and those that share much without behavior.
-- probability = 1 - max(expected share of false accounts as strong as the weaker of the two, share of permuted worlds,
-- this one included, with a group as good).
--
-- reads   scores, gated, decoys, people, settings
-- grain   one row per pair worth keeping

WITH shares AS (
    SELECT DISTINCT false_share FROM gated
),

worlds AS (
    SELECT
        shares.false_share,
        (1 + count(*) FILTER (decoys.least_false_share <= shares.false_share)) / (1.0 + count(decoys.replicate)) AS share
    FROM shares LEFT JOIN decoys ON true
    GROUP BY ALL
)

SELECT
    of_a.user_id AS user_id_a,
    of_b.user_id AS user_id_b,
    scores.bits,
    scores.volume_bits,
    round(greatest(0.0, 1 - greatest(gated.false_share, worlds.share)), 4) AS probability,
    scores.families,
    scores.behavior_bits,
    coalesce(gated.tier, 'context') AS tier
FROM scores
JOIN people AS of_a ON of_a.person = scores.a
JOIN people AS of_b ON of_b.person = scores.b
CROSS JOIN settings
LEFT JOIN gated USING (a, b)
LEFT JOIN worlds USING (false_share)
WHERE gated.tier IS NOT NULL OR (NOT scores.passes AND scores.bits >= settings.lead_floor_bits)
ORDER BY user_id_a, user_id_b
