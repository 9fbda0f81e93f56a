-- Evidence per family: the mean e-value of its signals, a signal that did not fire counting zero.
-- A mean of e-values is an e-value whatever the dependence between them, so nothing is counted twice.
--
-- reads   links, signals
-- grain   one row per pair and family

SELECT
    links.user_id_a,
    links.user_id_b,
    links.family,
    round(log2(list_sum(list(pow(2, links.bits) ORDER BY links.signal)) / sizes.signals), 4) AS bits
FROM links
JOIN (SELECT family, count(*) AS signals FROM signals GROUP BY ALL) AS sizes USING (family)
GROUP BY links.user_id_a, links.user_id_b, links.family, sizes.signals
ORDER BY links.user_id_a, links.user_id_b, links.family
