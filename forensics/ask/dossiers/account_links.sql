-- What links an account to others.
--
-- reads   links
-- params  $subject  what the dossier is about
-- grain   one row per link, the strongest fifty

SELECT CASE WHEN user_id_a = $subject THEN user_id_b ELSE user_id_a END AS other, signal, family, bits
FROM links
WHERE $subject IN (user_id_a, user_id_b)
ORDER BY bits DESC, other, signal
LIMIT 50
