-- What each candidate pair shares, against what chance lets two accounts share.
-- Two e-values per attribute, averaged: the rarest shared value (union bound over values) and the number of
-- shared values that are rare enough to be paired exactly (Chernoff bound of the Poisson tail). p becomes
-- e = kappa * p^(kappa - 1), whose mean under the null is 1 (Shafer, Vovk). Inside a room (organization, mail domain,
-- address) a client or prompt is as rare as it is *there*: what everybody there uses says nothing there. Prompts
-- travel in packs and endpoints in programs: of these only the rarest counts, not how many are shared.
--
-- reads   candidates, incidences, shareable, account_values, hubs, people, rarity, rooms, settings
-- grain   one row per pair and attribute that is evidence (more than 0 bits before the cap)

WITH rare AS MATERIALIZED (
    SELECT incidences.* FROM incidences JOIN shareable USING (value_id) CROSS JOIN settings
    WHERE shareable.accounts <= settings.pair_accounts
),

common AS MATERIALIZED (  -- only what could bring a family its least bits
    SELECT incidences.* FROM incidences JOIN shareable USING (value_id) CROSS JOIN settings
    WHERE shareable.accounts > settings.pair_accounts AND shareable.bits >= settings.min_family_bits
),

both_rare AS MATERIALIZED (
    SELECT a.person AS a, b.person AS b, a.value_id
    FROM rare AS a JOIN rare AS b ON b.value_id = a.value_id AND b.person > a.person
),

common_of_a AS MATERIALIZED (
    SELECT candidates.a, candidates.b, common.value_id FROM candidates JOIN common ON common.person = candidates.a
),

common_ground AS (
    SELECT both_rare.*, true AS is_rare FROM both_rare SEMI JOIN candidates USING (a, b)
    UNION ALL
    SELECT common_of_a.*, false
    FROM common_of_a JOIN common ON common.person = common_of_a.b AND common.value_id = common_of_a.value_id
),

shared AS MATERIALIZED (
    SELECT
        common_ground.a,
        common_ground.b,
        shareable.attribute,
        count(*) FILTER (common_ground.is_rare) AS shared,
        min(shareable.accounts) AS rarest_accounts,
        arg_min(common_ground.value_id, (shareable.accounts, common_ground.value_id)) AS rarest_id
    FROM common_ground JOIN shareable USING (value_id)
    GROUP BY ALL
),

held AS MATERIALIZED (  -- how many values of an attribute an account shows
    SELECT account_values.attribute, people.person, count(*) AS held
    FROM account_values
    JOIN people USING (user_id)
    LEFT JOIN hubs
        ON hubs.attribute = account_values.attribute AND hubs.value = account_values.value
        AND hubs.action = 'context_only'
    WHERE hubs.value IS NULL
    GROUP BY ALL
),

most_common AS (  -- of the values that are counted
    SELECT rarity.attribute, max(rarity.coincidence) AS coincidence
    FROM rarity CROSS JOIN settings
    WHERE rarity.accounts <= settings.pair_accounts
    GROUP BY ALL
),

chances AS (
    SELECT
        shared.*,
        coalesce(held_a.held * held_b.held * most_common.coincidence, 0) AS expected,
        least(1.0, held_a.held * held_b.held * rarity.coincidence) AS p_rarest,
        shared.attribute IN ('prompt', 'endpoint') AS in_packs,
        CASE WHEN in_packs THEN settings.behavior_cap_bits ELSE rarity.cap_bits END AS cap_bits,
        settings.kappa
    FROM shared
    CROSS JOIN settings
    JOIN held AS held_a ON held_a.attribute = shared.attribute AND held_a.person = shared.a
    JOIN held AS held_b ON held_b.attribute = shared.attribute AND held_b.person = shared.b
    JOIN rarity ON rarity.attribute = shared.attribute AND rarity.accounts = shared.rarest_accounts
    LEFT JOIN most_common ON most_common.attribute = shared.attribute
),

counted AS (
    SELECT
        chances.*,
        kappa * pow(p_rarest, kappa - 1) AS e_rarest,
        CASE
            WHEN in_packs THEN e_rarest
            WHEN shared > expected AND expected > 0
            THEN kappa * exp((kappa - 1) * greatest(shared - expected - shared * ln(shared / expected), -500))
            ELSE kappa
        END AS e_number
    FROM chances
),

telling AS MATERIALIZED (  -- what is evidence outside any room; a room only takes away
    SELECT * FROM counted WHERE e_rarest + e_number > 2
),

housed AS MATERIALIZED (
    SELECT rooms.room, rooms.people, people.person FROM rooms JOIN people USING (user_id)
),

room_habits AS MATERIALIZED (  -- how many people of a room use a client, prompt or endpoint
    SELECT housed.room, incidences.value_id, count(*) AS people
    FROM housed
    JOIN incidences USING (person)
    JOIN shareable USING (value_id)
    WHERE shareable.attribute IN ('user_agent', 'ja4', 'prompt', 'endpoint')
    GROUP BY ALL
),

habits_of_a AS MATERIALIZED (
    SELECT telling.a, telling.b, telling.attribute, telling.rarest_id, housed.room, housed.people
    FROM telling JOIN housed ON housed.person = telling.a
    WHERE telling.attribute IN ('user_agent', 'ja4', 'prompt', 'endpoint')
),

habits_of_both AS MATERIALIZED (
    SELECT habits_of_a.* FROM habits_of_a JOIN housed ON housed.person = habits_of_a.b AND housed.room = habits_of_a.room
),

room_chances AS MATERIALIZED (  -- chance that two people of the room share it, the most favorable room counts
    SELECT
        habits_of_both.a,
        habits_of_both.b,
        habits_of_both.attribute,
        max((room_habits.people - 1) / (habits_of_both.people - 1.0)) AS chance
    FROM habits_of_both
    JOIN room_habits ON room_habits.room = habits_of_both.room AND room_habits.value_id = habits_of_both.rarest_id
    GROUP BY ALL
),

weighed_in_rooms AS (
    SELECT
        telling.*,
        telling.kappa * pow(greatest(telling.p_rarest, coalesce(room_chances.chance, 0)), telling.kappa - 1) AS e_there,
        CASE
            WHEN in_packs THEN e_there
            WHEN room_chances.chance IS NULL THEN telling.e_number
            ELSE telling.kappa
        END AS e_number_there
    FROM telling
    LEFT JOIN room_chances
        ON room_chances.a = telling.a AND room_chances.b = telling.b AND room_chances.attribute = telling.attribute
)

SELECT
    a,
    b,
    attribute,
    shared,
    round(expected, 6) AS expected,
    rarest_id,
    rarest_accounts,
    round(least(log2((e_there + e_number_there) / 2), cap_bits), 4) AS bits
FROM weighed_in_rooms
WHERE e_there + e_number_there > 2
ORDER BY a, b, attribute
