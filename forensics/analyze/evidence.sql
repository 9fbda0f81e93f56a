-- Evidence per family of the pairs that were kept, under the names of the accounts.
--
-- reads   scores, weighed, people
-- grain   one row per kept pair and family

WITH kept AS MATERIALIZED (
    SELECT weighed.* FROM weighed SEMI JOIN scores USING (a, b)
)

SELECT of_a.user_id AS user_id_a, of_b.user_id AS user_id_b, upper(held.family) AS family, held.bits
FROM (UNPIVOT kept ON net, ident, client, template, time, target INTO NAME family VALUE bits) AS held
JOIN people AS of_a ON of_a.person = held.a
JOIN people AS of_b ON of_b.person = held.b
ORDER BY user_id_a, user_id_b, family
