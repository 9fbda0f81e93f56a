-- Clusters in the order the report tells them: those a person has to look at first, the largest load first.
--
-- reads  clusters
-- grain  one cluster

SELECT
    cluster_id,
    size,
    probability,
    likelihood,
    confidence,
    verdict,
    campaign,
    first_seen,
    last_seen,
    events,
    signals,
    families,
    carried_by,
    weakest_bits,
    confirmed,
    hold_out,
    day_inclusion,
    organization_id,
    organization_share,
    reason
FROM clusters
ORDER BY
    CASE verdict WHEN 'coordinated' THEN 0 WHEN 'undecided' THEN 1 ELSE 2 END,
    events DESC,
    cluster_id
