-- The evidence for the strongest pair of each cluster, family by family: what each adds to the total, or takes away.
-- A family with enough bits adds them; that these families were not named beforehand takes some away (choice.py). What the
-- requests of both add is their share of the error budget. The bars add up to the total.
--
-- reads  evidence, signals, pairs, cluster_members, clusters, settings
-- grain  one family, or the volume, for the strongest pair of one cluster

WITH inside AS (  -- pairs with both accounts in one cluster
    SELECT a.cluster_id, clusters.floor_bits, pairs.user_id_a, pairs.user_id_b, pairs.bits AS total_bits,
        pairs.volume_bits
    FROM pairs
    JOIN cluster_members AS a ON a.user_id = pairs.user_id_a
    JOIN cluster_members AS b ON b.user_id = pairs.user_id_b AND b.cluster_id = a.cluster_id
    JOIN clusters ON clusters.cluster_id = a.cluster_id
    WHERE clusters.verdict IN ('coordinated', 'undecided')
),

strongest AS (  -- one pair per cluster
    SELECT cluster_id, floor_bits, user_id_a, user_id_b, total_bits, volume_bits
    FROM inside
    QUALIFY row_number() OVER (PARTITION BY cluster_id ORDER BY total_bits DESC, user_id_a, user_id_b) = 1
),

families AS (  -- every family that took part, whether it fired or not
    SELECT family, string_agg(signal, ', ' ORDER BY signal) AS signals
    FROM signals
    GROUP BY family
),

shown AS (
    SELECT
        strongest.cluster_id,
        families.family,
        families.signals,
        evidence.bits,
        CASE WHEN evidence.bits >= settings.min_family_bits THEN evidence.bits ELSE 0 END AS adds_bits
    FROM strongest
    CROSS JOIN families
    LEFT JOIN evidence USING (user_id_a, user_id_b, family)
    CROSS JOIN settings
    UNION ALL
    SELECT cluster_id, 'Volume', NULL, NULL, volume_bits
    FROM strongest
),

steps AS (
    SELECT * FROM shown
    UNION ALL
    SELECT strongest.cluster_id, 'Choice', NULL, NULL, 
        round(any_value(strongest.total_bits) - CAST(sum(CAST(shown.adds_bits AS DECIMAL(18, 4))) AS DOUBLE), 4)
    FROM strongest JOIN shown USING (cluster_id)
    GROUP BY strongest.cluster_id
)

SELECT
    strongest.cluster_id,
    strongest.user_id_a,
    strongest.user_id_b,
    strongest.total_bits,
    coalesce(strongest.floor_bits, settings.linked_floor_bits) AS floor_bits,
    steps.family,
    steps.signals,
    steps.bits,
    steps.adds_bits
FROM strongest
JOIN steps USING (cluster_id)
CROSS JOIN settings
ORDER BY strongest.cluster_id, steps.family = 'Volume', steps.family = 'Choice', steps.adds_bits DESC, steps.family
