-- What each candidate pair shares, against what chance lets two accounts share.
-- The bet is on every value: an account with k values shows a given one with chance k * units / opportunities, so that
-- sum over the shared ones of 1 / chance, over the other's k, has mean 1 (a likelihood ratio; the index of resource
-- allocation of Zhou, Lu and Zhang 2009, normed). Of addresses, which a line or a proxy changes often, half of the bet is on
-- how many rare ones are shared (Chernoff bound of the Poisson tail; e = kappa * p^(kappa - 1), Vovk and Wang 2021).
-- Inside a room (organization, mail domain, address) a client, prompt or schedule is as rare as it is *there*: what
-- everybody there uses says nothing there.
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
        sum(CAST(1.0 / shareable.units AS DECIMAL(18, 9))) AS rareness,
        min(shareable.accounts) AS rarest_accounts,
        arg_min(common_ground.value_id, (shareable.units, shareable.accounts, common_ground.value_id)) AS rarest_id
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

counted AS (
    SELECT
        shared.*,
        held_a.held * held_b.held * rarity.coincidence AS expected,
        CAST(shared.rareness AS DOUBLE) * rarity.opportunities / CASE  -- a habit is a trait: most accounts have none
            WHEN shared.attribute = 'habitual_prompt' THEN greatest(held_a.held, held_b.held)
            ELSE held_a.held * held_b.held
        END AS e_rare,
        CASE
            WHEN shared.attribute NOT IN ('source_ip', 'source_range') THEN e_rare
            WHEN shared.shared > expected AND expected > 0
            THEN kappa * exp((kappa - 1) * greatest(shared.shared - expected - shared.shared * ln(shared.shared / expected), -500))
            ELSE kappa
        END AS e_number,
        CASE WHEN shared.attribute IN ('prompt', 'habitual_prompt', 'endpoint') THEN settings.behavior_cap_bits ELSE rarity.cap_bits END AS cap_bits,
        settings.kappa
    FROM shared
    CROSS JOIN settings
    JOIN rarity ON rarity.attribute = shared.attribute
    JOIN held AS held_a ON held_a.attribute = shared.attribute AND held_a.person = shared.a
    JOIN held AS held_b ON held_b.attribute = shared.attribute AND held_b.person = shared.b
),

telling AS MATERIALIZED (  -- what is evidence outside any room (a room only takes away)
    SELECT *, (e_rare + e_number) / 2 AS e FROM counted WHERE e_rare + e_number > 2
),

housed AS MATERIALIZED (
    SELECT rooms.room, rooms.people, people.person FROM rooms JOIN people USING (user_id)
),

room_habits AS MATERIALIZED (  -- how many people of a room use a client, prompt or endpoint
    SELECT housed.room, incidences.value_id, count(*) AS people
    FROM housed
    JOIN incidences USING (person)
    JOIN shareable USING (value_id)
    WHERE shareable.attribute IN ('user_agent', 'ja4', 'prompt', 'habitual_prompt', 'endpoint', 'schedule')
    GROUP BY ALL
),

habits_of_a AS MATERIALIZED (
    SELECT telling.a, telling.b, telling.attribute, telling.rarest_id, housed.room, housed.people
    FROM telling JOIN housed ON housed.person = telling.a
    WHERE telling.attribute IN ('user_agent', 'ja4', 'prompt', 'habitual_prompt', 'endpoint', 'schedule')
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
        CASE
            WHEN room_chances.chance IS NULL THEN telling.e
            ELSE least(telling.e, telling.kappa * pow(room_chances.chance, telling.kappa - 1))
        END AS e_there
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
    round(least(log2(e_there), cap_bits), 4) AS bits
FROM weighed_in_rooms
WHERE e_there > 1
ORDER BY a, b, attribute
