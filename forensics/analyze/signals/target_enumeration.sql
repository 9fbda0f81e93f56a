-- Accounts that walk through the same ids with one moving frontier, at the same time or in turns.
-- Close: wherever the one hands over to the other, how far does the other begin? Two independent walks lie within a
-- distance D with chance 2 * D / range, where the range holds 98 % of what anybody asks of these objects, and the median
-- of several such distances with at most twice that chance, whatever their dependence (Rueger 1978). The bet is spread
-- over D = 1, 4, 16, ...: sum of w / chance over the D that hold, w = 1/2, 1/6, 1/12, ..., has mean 1. A published list leads
-- strangers to one walk: where half of the ids of either were taken by others, too, this counts for no more than
-- one partner among all accounts, and 4 bits. Adjoining: the one ends next to where the other begins. Two ends are within
-- D = 4, 16, ... of each other with chance 6 * D / range at most, or as far as a page is long, if both lie on the edge of
-- one; a quarter of the bet on being close goes to this. Apart: both take just what the others leave (enumerations), which
-- no list explains. Who is dealt every n-th id has strides like the others of that deal: where one stride is more than twice
-- the other, two operators walk in one stretch. That both enumerate is no link; but only who walks can win the bet on being
-- close, so what is won pays more where few do (walkers): all pairs together are owed no more than their number. Four bits
-- at most.
--
-- reads   candidates, enumerations, focus, people, requests, settings
-- grain   one row per pair of accounts

WITH walks AS MATERIALIZED (  -- numbered: millions of stops are looked up
    SELECT
        CAST(row_number() OVER (ORDER BY people.person, enumerations.space) AS INTEGER) AS walk,
        people.person,
        enumerations.*,
        (enumerations.last_id - enumerations.first_id + 1.0) / enumerations.objects AS stride
    FROM enumerations JOIN people USING (user_id)
),

stops AS MATERIALIZED (  -- where each walker stood, once a moment, and when it moved on
    SELECT
        *,
        lead(timestamp) OVER (PARTITION BY walk ORDER BY timestamp) AS moved_on
    FROM (
        SELECT walks.walk, requests.timestamp, quantile_disc(requests.object_id, 0.5) AS object_id
        FROM requests
        JOIN walks USING (user_id)
        WHERE requests.object_id BETWEEN walks.first_id AND walks.last_id
            AND requests.http_request_method IN ('GET', 'HEAD')
            AND coalesce(nullif(regexp_extract(requests.template, '([^/ {}]+)/[{]id[}][^{}]*$', 1), ''), requests.template)
                = walks.space
        GROUP BY ALL
    )
),

turns AS MATERIALIZED (  -- before its sixteen longest pauses, in which others may go on
    SELECT * FROM stops
    QUALIFY row_number() OVER (
        PARTITION BY walk ORDER BY moved_on - timestamp DESC NULLS FIRST, timestamp
    ) <= 16
),

walks_of_a AS MATERIALIZED (  -- two tables at a time: given three, the planner meets all who walk in one stretch first
    SELECT candidates.a, candidates.b, walks.* EXCLUDE (person)
    FROM candidates JOIN walks ON walks.person = candidates.a
),

couples AS MATERIALIZED (
    SELECT
        CAST(row_number() OVER (ORDER BY walks.a, walks.b, walks.space) AS INTEGER) AS couple,
        walks.a,
        walks.b,
        walks.walk AS walk_of_a,
        others.walk AS walk_of_b,
        walks.space,
        walks.id_range,
        greatest(walks.met / walks.objects, others.met / others.objects) AS met_share,
        CASE
            WHEN abs(others.first_id - walks.last_id) <= abs(walks.first_id - others.last_id)
            THEN [walks.last_id, others.first_id]
            ELSE [others.last_id, walks.first_id]
        END AS ends,
        CASE
            WHEN walks.last_id >= others.first_id AND others.last_id >= walks.first_id
                AND 2 * least(walks.stride, others.stride) >= greatest(walks.stride, others.stride)
            THEN least(walks.apart_bits, others.apart_bits)
            ELSE 0
        END AS apart_bits,
        walks.met + others.met = 0 AS is_apart
    FROM walks_of_a AS walks
    JOIN walks AS others
        ON others.person = walks.b AND others.space = walks.space AND others.stretch = walks.stretch
),

given AS MATERIALIZED (  -- either may hand over to the other
    SELECT couples.couple, couples.walk_of_b AS taker, turns.timestamp, turns.moved_on, turns.object_id
    FROM couples JOIN turns ON turns.walk = couples.walk_of_a
    UNION ALL
    SELECT couples.couple, couples.walk_of_a, turns.timestamp, turns.moved_on, turns.object_id
    FROM couples JOIN turns ON turns.walk = couples.walk_of_b
),

spans AS MATERIALIZED (
    SELECT walk, epoch_us(min(timestamp)) AS first_us, epoch_us(max(timestamp)) AS last_us FROM stops GROUP BY walk
),

parts AS MATERIALIZED (  -- the stops of each walk in 64 parts of its time; an ASOF join takes the square of so many walks
    SELECT
        stops.walk,
        CAST((epoch_us(stops.timestamp) - spans.first_us) * 64 // (spans.last_us - spans.first_us + 1) AS INTEGER) AS part,
        list(stops.timestamp) AS moments
    FROM stops JOIN spans USING (walk)
    GROUP BY ALL
),

shelves AS MATERIALIZED (
    SELECT
        spans.walk,
        numbers.part,
        coalesce(parts.moments, []) AS moments,
        CAST(sum(coalesce(len(parts.moments), 0)) OVER (PARTITION BY spans.walk ORDER BY numbers.part) AS INTEGER)
            - coalesce(len(parts.moments), 0) AS before
    FROM spans
    CROSS JOIN (SELECT CAST(unnest(range(0, 64)) AS INTEGER) AS part) AS numbers
    LEFT JOIN parts ON parts.walk = spans.walk AND parts.part = numbers.part
),

asked AS MATERIALIZED (
    SELECT given.*, CAST(greatest(
        0, (epoch_us(given.timestamp) - spans.first_us) * 64 // (spans.last_us - spans.first_us + 1)
    ) AS INTEGER) AS part
    FROM given JOIN spans ON spans.walk = given.taker
    WHERE epoch_us(given.timestamp) <= spans.last_us
),

preceded AS MATERIALIZED (  -- how many stops of the taker came before, and so which one is next
    SELECT asked.couple, asked.taker, asked.moved_on, asked.object_id, CAST(
        shelves.before + len(list_filter(shelves.moments, lambda moment: moment < asked.timestamp)) + 1 AS INTEGER
    ) AS nth
    FROM asked JOIN shelves ON shelves.walk = asked.taker AND shelves.part = asked.part
),

places AS MATERIALIZED (
    SELECT walk, timestamp, object_id, CAST(row_number() OVER (PARTITION BY walk ORDER BY timestamp) AS INTEGER) AS nth
    FROM stops
),

distances AS (  -- from the last stop of the one to the next of the other, nothing of the one between
    SELECT preceded.couple, abs(preceded.object_id - places.object_id) AS distance
    FROM preceded JOIN places ON places.walk = preceded.taker AND places.nth = preceded.nth
    WHERE preceded.moved_on IS NULL OR preceded.moved_on > places.timestamp
),

ranked AS (
    SELECT
        couple,
        distance,
        row_number() OVER (PARTITION BY couple ORDER BY distance) AS place,
        count(*) OVER (PARTITION BY couple) AS turns
    FROM distances
),

compared AS (  -- the median: as an aggregate it would hold the distances of all couples at once
    SELECT couple, turns, distance FROM ranked WHERE turns >= 3 AND place = (turns + 1) // 2
),

adjoining AS (
    SELECT
        couples.*,
        abs(ends[2] - ends[1]) AS gap,
        (
            SELECT coalesce(max(page), 1) FROM (SELECT unnest([10, 20, 24, 25, 30, 36, 48, 50, 100, 1000, 10000]) AS page)
            WHERE ends[1] % page IN (0, page - 1) AND ends[2] % page IN (0, 1)
        ) AS page
    FROM couples
),

chances AS (
    SELECT
        adjoining.*,
        compared.turns,
        compared.distance,
        (
            SELECT sum(1 / ((step + 1.0) * (step + 2) * least(1.0, 4.0 * pow(4, step) / id_range)))
            FROM (SELECT unnest(range(0, 16)) AS step)
            WHERE distance <= pow(4, step)
        ) AS e_close,
        (
            SELECT sum(1 / ((step + 1.0) * (step + 2) * least(1.0, 6.0 * greatest(page, 4 * pow(4, step)) / id_range)))
            FROM (SELECT unnest(range(0, 16)) AS step)  -- from 4 on: ids have holes
            WHERE gap <= 4 * pow(4, step)
        ) AS e_adjoining
    FROM adjoining LEFT JOIN compared USING (couple)
),

walkers AS (  -- pairs that are tested, for each of those in which both walk
    SELECT least(16.0, count(*) * (count(*) - 1.0) / greatest(1.0, walking * (walking - 1.0))) AS pairs_for_each
    FROM focus
    CROSS JOIN (SELECT count(*) AS walking FROM focus SEMI JOIN walks USING (person))
    GROUP BY walking
),

strongest AS (  -- one kind of object per pair: the strongest, paid for by the number of kinds
    SELECT
        *,
        log2((3 * coalesce(e_close, 0) + coalesce(e_adjoining, 0)) / 4 / count(*) OVER (PARTITION BY a, b)) AS close
    FROM chances
    WHERE e_close IS NOT NULL OR e_adjoining IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY a, b ORDER BY 3 * coalesce(e_close, 0) + coalesce(e_adjoining, 0) DESC, apart_bits DESC, space
    ) = 1
),

weighed AS (
    SELECT
        strongest.* EXCLUDE (close),
        log2(pairs_for_each) AS walkers_bits,
        CASE WHEN met_share > 0.5 THEN least(log2(settings.accounts) + 4, close + walkers_bits) ELSE close + walkers_bits END AS close,
        greatest(0.0, log2(  -- half of the bet is on meeting nobody
            CASE WHEN is_apart THEN pow(2, least(apart_bits, 100)) / 2 ELSE 0 END
            + settings.kappa * pow(2, (1 - settings.kappa) * least(apart_bits, 100)) / 2
        )) AS apart,
        settings.behavior_cap_bits
    FROM strongest CROSS JOIN walkers CROSS JOIN settings
    WHERE strongest.close > 0
)

SELECT
    a,
    b,
    round(least(behavior_cap_bits, close + apart), 4) AS bits,
    CAST(to_json({
        'space': space, 'turns': turns, 'median_distance': distance, 'gap': gap, 'page': page,
        'id_range': id_range,
        'walkers_bits': round(walkers_bits, 4), 'close_bits': round(close, 4), 'apart_bits': round(apart, 4)
    }) AS VARCHAR) AS detail
FROM weighed
ORDER BY a, b
