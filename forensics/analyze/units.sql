-- How many independent users a value has: accounts that one hand runs are one draw, not many.
-- The users of a value are counted by what else they are: the range they come from, the instrument that names them
-- (payment, device, phone), the client, the prompt they ask most. Of the counts of the *other* families the second
-- smallest is taken: one shared trait may be why they show the value (everybody with an app asks its default prompt);
-- two that agree mean one hand. What is unknown of an account is its own.
--
-- reads   account_values
-- grain   one row per attribute and value of two accounts or more

WITH traits AS (  -- what tells users apart: the first of these that an account shows
    SELECT user_id, family, value
    FROM (
        SELECT
            account_values.*,
            CASE
                WHEN attribute = 'source_range' THEN 'NET'
                WHEN attribute IN ('payment', 'device', 'phone') THEN 'IDENT'
                WHEN attribute IN ('user_agent', 'ja4') THEN 'CLIENT'
                ELSE 'TEMPLATE'
            END AS family,
            list_position(['payment', 'device', 'phone', 'user_agent', 'ja4'], attribute) AS place
        FROM account_values
        WHERE attribute IN ('source_range', 'payment', 'device', 'phone', 'user_agent', 'ja4', 'prompt')
    )
    QUALIFY row_number() OVER (PARTITION BY user_id, family ORDER BY place, events DESC, value) = 1
),

users AS (
    SELECT
        user_id,
        coalesce(any_value(value) FILTER (family = 'NET'), user_id) AS net,
        coalesce(any_value(value) FILTER (family = 'IDENT'), user_id) AS ident,
        coalesce(any_value(value) FILTER (family = 'CLIENT'), user_id) AS client,
        coalesce(any_value(value) FILTER (family = 'TEMPLATE'), user_id) AS template
    FROM traits
    GROUP BY user_id
),

numbered AS MATERIALIZED (  -- numbers are counted faster than text
    SELECT
        user_id,
        CAST(dense_rank() OVER (ORDER BY net) AS INTEGER) AS net,
        CAST(dense_rank() OVER (ORDER BY ident) AS INTEGER) AS ident,
        CAST(dense_rank() OVER (ORDER BY client) AS INTEGER) AS client,
        CAST(dense_rank() OVER (ORDER BY template) AS INTEGER) AS template
    FROM users
),

shared AS MATERIALIZED (
    SELECT
        attribute,
        value,
        count(*) AS accounts,
        min(first_seen) AS first_seen,
        row_number() OVER (ORDER BY attribute, value) AS number
    FROM account_values SEMI JOIN numbered USING (user_id)
    GROUP BY attribute, value
    HAVING count(*) >= 2
),

shown AS MATERIALIZED (
    SELECT shared.number, account_values.user_id FROM account_values JOIN shared USING (attribute, value)
),

counts AS (
    SELECT
        shown.number,
        count(DISTINCT numbered.net) AS net,
        count(DISTINCT numbered.ident) AS ident,
        count(DISTINCT numbered.client) AS client,
        count(DISTINCT numbered.template) AS template
    FROM shown JOIN numbered USING (user_id)
    GROUP BY shown.number
),

SELECT
    attribute,
    value,
    accounts,
    greatest(2, CASE
        WHEN attribute IN ('source_ip', 'source_range', 'as_number') THEN list_sort([ident, client, template])[2]
        WHEN attribute IN ('user_agent', 'ja4') THEN list_sort([net, ident, template])[2]
        WHEN attribute IN ('prompt', 'habitual_prompt', 'endpoint') THEN list_sort([net, ident, client])[2]
        WHEN attribute IN ('schedule', 'enumeration') THEN accounts
        ELSE list_sort([net, client, template])[2]
    END) AS units,
    first_seen
FROM shared JOIN counts USING (number)
ORDER BY attribute, value
