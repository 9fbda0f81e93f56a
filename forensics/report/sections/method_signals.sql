-- Which signals fired at all.
--
-- reads  links
-- grain  one signal

SELECT family, replace(signal, '_', ' ') AS signal, count(*) AS pairs, max(bits) AS most_bits
FROM links
GROUP BY ALL
ORDER BY family, signal
