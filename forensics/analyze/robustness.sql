-- What would be left of each pair if one family were taken away: which families carry it?
--
-- reads   evidence, pairs, settings
-- grain   one row per linked pair or lead and family without which it falls below the floor of leads

SELECT pairs.user_id_a, pairs.user_id_b, evidence.family
FROM pairs
JOIN evidence USING (user_id_a, user_id_b)
CROSS JOIN settings
WHERE pairs.tier <> 'context'
    AND pairs.bits - log2((1 + pow(2, evidence.bits)) / 2) - 1 < settings.lead_floor_bits
ORDER BY pairs.user_id_a, pairs.user_id_b, evidence.family
