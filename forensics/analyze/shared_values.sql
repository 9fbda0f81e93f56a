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

WITH kinds AS (  -- numbers for attributes, in their order: pairs are grouped and joined by numbers only
    SELECT attribute, CAST(row_number() OVER (ORDER BY attribute) AS INTEGER) AS kind
    FROM (SELECT DISTINCT attribute FROM account_values)
),

told AS MATERIALIZED (  -- who shows what, with what is to be known of the value; place: from the rarest value on
    SELECT
        CAST(incidences.person AS INTEGER) AS person,
        CAST(shareable.value_id AS INTEGER) AS value_id,
        kinds.kind,
        CAST(shareable.accounts AS INTEGER) AS accounts,
        CAST(1.0 / shareable.units AS DECIMAL(18, 9)) AS rareness,
        CAST(places.place AS INTEGER) AS place,
        shareable.accounts <= settings.pair_accounts AS is_rare
    FROM incidences
    JOIN shareable USING (value_id)
    JOIN (SELECT value_id, row_number() OVER (ORDER BY units, accounts, value_id) AS place FROM shareable) AS places
        USING (value_id)
    JOIN kinds USING (attribute)
    CROSS JOIN settings
    WHERE shareable.accounts <= settings.pair_accounts OR shareable.bits >= settings.min_family_bits
),

common AS MATERIALIZED (  -- only what could bring a family its least bits
    SELECT * FROM told WHERE NOT is_rare
),

coupled AS MATERIALIZED (
    SELECT CAST(a AS INTEGER) AS a, CAST(b AS INTEGER) AS b FROM candidates
),

both_rare AS MATERIALIZED (
    SELECT a.person AS a, b.person AS b, a.kind, a.accounts, a.rareness, a.place
    FROM (SELECT told.* FROM told SEMI JOIN (SELECT DISTINCT a FROM coupled) AS asked ON asked.a = told.person) AS a
    JOIN told AS b ON b.value_id = a.value_id AND b.person > a.person
    WHERE a.is_rare AND b.is_rare
),

common_of_a AS MATERIALIZED (
    SELECT coupled.a, coupled.b, common.value_id, common.kind, common.accounts, common.rareness, common.place
    FROM coupled JOIN common ON common.person = coupled.a
),

common_ground AS (
    SELECT both_rare.*, true AS is_rare FROM both_rare SEMI JOIN coupled USING (a, b)
    UNION ALL
    SELECT common_of_a.* EXCLUDE (value_id), false
    FROM common_of_a JOIN common ON common.person = common_of_a.b AND common.value_id = common_of_a.value_id
),

shared AS MATERIALIZED (
    SELECT
        a,
        b,
        kind,
        count(*) FILTER (is_rare) AS shared,
        sum(rareness) AS rareness,
        min(accounts) AS rarest_accounts,
        min(place) AS place
    FROM common_ground
    GROUP BY ALL
),

held AS MATERIALIZED (  -- how many values of an attribute an account shows
    SELECT kinds.kind, CAST(people.person AS INTEGER) AS person, count(*) AS held
    FROM account_values
    JOIN kinds USING (attribute)
    JOIN people USING (user_id)
    LEFT JOIN hubs
        ON hubs.attribute = account_values.attribute AND hubs.value = account_values.value
        AND hubs.action = 'context_only'
    WHERE hubs.value IS NULL
    GROUP BY ALL
),

held_by_a AS MATERIALIZED (  -- two tables at a time: given three, the planner meets all who show the attribute first
    SELECT shared.*, held.held AS held_a FROM shared JOIN held ON held.person = shared.a AND held.kind = shared.kind
),

held_by_both AS MATERIALIZED (
    SELECT held_by_a.*, held.held AS held_b
    FROM held_by_a JOIN held ON held.person = held_by_a.b AND held.kind = held_by_a.kind
),

chances AS (
    SELECT kinds.kind, rarity.* FROM rarity JOIN kinds USING (attribute)
),

counted AS (
    SELECT
        shared.*,
        chances.attribute,
        held_a * held_b * chances.coincidence AS expected,
        CAST(shared.rareness AS DOUBLE) * chances.opportunities / CASE  -- a habit is a trait: most accounts have none
            WHEN chances.attribute = 'habitual_prompt' THEN greatest(held_a, held_b)
            ELSE held_a * held_b
        END AS e_rare,
        CASE
            WHEN chances.attribute NOT IN ('source_ip', 'source_range') THEN e_rare
            WHEN shared.shared > expected AND expected > 0
            THEN kappa * exp((kappa - 1) * greatest(shared.shared - expected - shared.shared * ln(shared.shared / expected), -500))
            ELSE kappa
        END AS e_number,
        CASE WHEN chances.attribute IN ('prompt', 'habitual_prompt', 'endpoint') THEN settings.behavior_cap_bits ELSE chances.cap_bits END AS cap_bits,
        settings.kappa
    FROM held_by_both AS shared
    CROSS JOIN settings
    JOIN chances USING (kind)
),

telling AS MATERIALIZED (  -- what is evidence outside any room (a room only takes away)
    SELECT *, (e_rare + e_number) / 2 AS e FROM counted WHERE e_rare + e_number > 2
),

housed AS MATERIALIZED (
    SELECT
        CAST(dense_rank() OVER (ORDER BY rooms.room) AS INTEGER) AS room,
        rooms.people,
        CAST(people.person AS INTEGER) AS person
    FROM rooms JOIN people USING (user_id)
),

habitual AS (
    SELECT kind FROM kinds WHERE attribute IN ('user_agent', 'ja4', 'prompt', 'habitual_prompt', 'endpoint', 'schedule')
),

room_habits AS MATERIALIZED (  -- how many people of a room use a client, prompt or endpoint
    SELECT housed.room, told.place, count(*) AS people
    FROM housed
    JOIN told USING (person)
    WHERE told.kind IN (SELECT kind FROM habitual)
    GROUP BY ALL
),

habits_of_a AS MATERIALIZED (
    SELECT telling.a, telling.b, telling.kind, telling.place, housed.room, housed.people
    FROM telling JOIN housed ON housed.person = telling.a
    WHERE telling.kind IN (SELECT kind FROM habitual)
),

habits_of_both AS MATERIALIZED (
    SELECT habits_of_a.* FROM habits_of_a JOIN housed ON housed.person = habits_of_a.b AND housed.room = habits_of_a.room
),

room_chances AS MATERIALIZED (  -- chance that two people of the room share it, the most favorable room counts
    SELECT
        habits_of_both.a,
        habits_of_both.b,
        habits_of_both.kind,
        max((room_habits.people - 1) / (habits_of_both.people - 1.0)) AS chance
    FROM habits_of_both
    JOIN room_habits ON room_habits.room = habits_of_both.room AND room_habits.place = habits_of_both.place
    GROUP BY ALL
),

weighed_in_rooms AS (
    SELECT
        telling.*,
        CASE
            WHEN room_chances.chance IS NULL THEN telling.e
            ELSE least(telling.e, telling.kappa * pow(room_chances.chance, telling.kappa - 1))
        END AS e_there
    FROM telling LEFT JOIN room_chances USING (a, b, kind)
)

SELECT
    a,
    b,
    attribute,
    shared,
    round(expected, 6) AS expected,
    rarest.value_id AS rarest_id,
    rarest_accounts,
    round(least(log2(e_there), cap_bits), 4) AS bits
FROM weighed_in_rooms
JOIN (SELECT DISTINCT place, value_id FROM told) AS rarest USING (place)
WHERE e_there > 1
ORDER BY a, b, kind
