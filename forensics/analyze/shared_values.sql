-- What each candidate pair shares, against what chance lets two accounts share.
-- Two e-values per attribute, averaged: the rarest shared value (union bound over values) and the number of
-- shared values (Chernoff bound of the Poisson tail). p becomes e = kappa * p^(kappa - 1), whose mean under the
-- null is 1 (Shafer, Vovk). Inside a room (organization, mail domain, address) a client or prompt is as rare
-- as it is *there*: what everybody there uses proves nothing there. Prompts travel in packs and endpoints in
-- programs: of these only the rarest counts, not how many are shared.
--
-- reads   candidates, account_values, hubs, rooms, rarity, settings
-- grain   one row per pair and attribute

WITH usable AS (
    SELECT account_values.attribute, account_values.value, account_values.user_id
    FROM account_values
    LEFT JOIN hubs
        ON hubs.attribute = account_values.attribute AND hubs.value = account_values.value
        AND hubs.action = 'context_only'
    WHERE hubs.value IS NULL
),

degrees AS (
    SELECT attribute, value, count(*) AS accounts FROM usable GROUP BY ALL
),

held AS (  -- how many values of an attribute an account shows
    SELECT attribute, user_id, count(*) AS held FROM usable GROUP BY ALL
),

shared AS (
    SELECT
        candidates.user_id_a,
        candidates.user_id_b,
        a.attribute,
        count(*) AS shared,
        min(degrees.accounts) AS rarest_accounts,
        arg_min(a.value, (degrees.accounts, a.value)) AS rarest_value
    FROM candidates
    JOIN usable AS a ON a.user_id = candidates.user_id_a
    JOIN usable AS b ON b.user_id = candidates.user_id_b AND b.attribute = a.attribute AND b.value = a.value
    JOIN degrees ON degrees.attribute = a.attribute AND degrees.value = a.value
    GROUP BY ALL
),

room_habits AS (  -- how many people of a room use a client, prompt or endpoint
    SELECT rooms.room, usable.attribute, usable.value, count(*) AS people
    FROM rooms
    JOIN usable ON usable.user_id = rooms.user_id
    WHERE usable.attribute IN ('user_agent', 'ja4', 'prompt', 'endpoint')
    GROUP BY ALL
),

room_chances AS (  -- chance that two people of the room share it, the most favorable room counts
    SELECT
        shared.user_id_a,
        shared.user_id_b,
        shared.attribute,
        max((room_habits.people - 1) / (a.people - 1.0)) AS chance
    FROM shared
    JOIN rooms AS a ON a.user_id = shared.user_id_a
    JOIN rooms AS b ON b.user_id = shared.user_id_b AND b.room = a.room
    JOIN room_habits
        ON room_habits.room = a.room
        AND room_habits.attribute = shared.attribute AND room_habits.value = shared.rarest_value
    GROUP BY ALL
),

most_common AS (  -- the whole attribute, for the expected number of shared values
    SELECT attribute, max(coincidence) AS coincidence FROM rarity GROUP BY ALL
),

chances AS (
    SELECT
        shared.*,
        held_a.held * held_b.held * most_common.coincidence AS expected,
        greatest(
            least(1.0, held_a.held * held_b.held * rarity.coincidence), coalesce(room_chances.chance, 0.0)
        ) AS p_rarest,
        room_chances.chance IS NOT NULL AS in_a_room,
        rarity.cap_bits
    FROM shared
    JOIN held AS held_a ON held_a.attribute = shared.attribute AND held_a.user_id = shared.user_id_a
    JOIN held AS held_b ON held_b.attribute = shared.attribute AND held_b.user_id = shared.user_id_b
    JOIN rarity ON rarity.attribute = shared.attribute AND rarity.accounts = shared.rarest_accounts
    JOIN most_common ON most_common.attribute = shared.attribute
    LEFT JOIN room_chances
        ON room_chances.user_id_a = shared.user_id_a AND room_chances.user_id_b = shared.user_id_b
        AND room_chances.attribute = shared.attribute
),

e_values AS (
    SELECT
        chances.*,
        settings.behavior_cap_bits,
        settings.kappa * pow(p_rarest, settings.kappa - 1) AS e_rarest,
        CASE
            WHEN attribute IN ('prompt', 'endpoint') THEN e_rarest
            WHEN shared > expected AND NOT in_a_room
            THEN settings.kappa
                * exp((settings.kappa - 1) * greatest(shared - expected - shared * ln(shared / expected), -500))
            ELSE settings.kappa
        END AS e_number
    FROM chances CROSS JOIN settings
)

SELECT
    user_id_a,
    user_id_b,
    attribute,
    shared,
    round(expected, 6) AS expected,
    rarest_value,
    rarest_accounts,
    round(least(
        log2((e_rarest + e_number) / 2),
        CASE WHEN attribute IN ('prompt', 'endpoint') THEN behavior_cap_bits ELSE cap_bits END
    ), 4) AS bits
FROM e_values
ORDER BY user_id_a, user_id_b, attribute
