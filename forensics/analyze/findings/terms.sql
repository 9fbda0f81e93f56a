-- Which clause was in force when an act took place. A clause is never applied to what lies before it.
-- Which acts a clause speaks of: its column `acts`, where the terms table has one, else the words of the policy.
--
-- reads   judged_clusters, cluster_acts, terms, policy
-- grain   one row per cluster, clause, version and act that the clause speaks of; one per cluster without any

WITH kinds AS (
    SELECT unnest(['automation', 'harvest', 'distillation', 'service_impact']) AS act
),

spoken AS (  -- each version of each clause, and the acts it speaks of
    SELECT
        terms.version,
        terms.clause,
        coalesce(terms.effective_from, TIMESTAMPTZ '-infinity') AS begins,
        coalesce(terms.effective_to, TIMESTAMPTZ 'infinity') AS ends,
        terms.effective_from,
        terms.effective_to,
        kinds.act
    FROM terms
    CROSS JOIN kinds
    CROSS JOIN policy
    WHERE CASE
        WHEN json_extract_string(terms.extra, '$.acts') IS NOT NULL
            THEN regexp_matches(json_extract_string(terms.extra, '$.acts'), '(^|[^a-z_])' || kinds.act || '($|[^a-z_])')
        ELSE list_has_any(
            [true],
            list_transform(
                CASE kinds.act
                    WHEN 'automation' THEN policy.automation_words
                    WHEN 'harvest' THEN policy.harvest_words
                    WHEN 'distillation' THEN policy.distillation_words
                    ELSE policy.service_impact_words
                END,
                lambda word: contains(lower(terms.text), lower(word))
            )
        )
    END
),

measured AS (
    SELECT
        acts.cluster_id,
        spoken.version,
        spoken.clause,
        spoken.act,
        spoken.effective_from,
        spoken.effective_to,
        count(*) FILTER (WHERE acts.timestamp >= begins AND acts.timestamp < ends) AS acts_in_force,
        count(DISTINCT acts.user_id) FILTER (WHERE acts.timestamp >= begins AND acts.timestamp < ends) AS accounts,
        count(DISTINCT CAST(acts.timestamp AS DATE)) FILTER (WHERE acts.timestamp >= begins AND acts.timestamp < ends)
            AS days,
        count(*) FILTER (WHERE acts.timestamp < begins) AS acts_before,
        count(*) FILTER (WHERE acts.timestamp >= ends) AS acts_after,
        min(acts.timestamp) FILTER (WHERE acts.timestamp >= begins AND acts.timestamp < ends) AS first_act,
        max(acts.timestamp) FILTER (WHERE acts.timestamp >= begins AND acts.timestamp < ends) AS last_act,
        [
            min({'at': acts.timestamp, 'id': acts.event_id})
                FILTER (WHERE acts.timestamp >= begins AND acts.timestamp < ends)['id'],
            max({'at': acts.timestamp, 'id': acts.event_id})
                FILTER (WHERE acts.timestamp >= begins AND acts.timestamp < ends)['id']
        ] AS cite
    FROM cluster_acts AS acts
    JOIN spoken ON spoken.act = acts.act
    GROUP BY ALL
)

SELECT
    judged_clusters.cluster_id,
    CASE WHEN measured.clause IS NOT NULL
        THEN concat(measured.clause, ' · ', measured.version, ' · ', measured.act) END AS subject,
    coalesce(measured.cite, []) AS cite,
    measured.clause,
    measured.version,
    measured.act,
    measured.effective_from,
    measured.effective_to,
    coalesce(measured.acts_in_force, 0) AS acts_in_force,
    coalesce(measured.accounts, 0) AS accounts,
    coalesce(measured.days, 0) AS days,
    coalesce(measured.acts_before, 0) AS acts_before,
    coalesce(measured.acts_after, 0) AS acts_after,
    measured.first_act,
    measured.last_act,
    (SELECT count(DISTINCT act) FROM cluster_acts WHERE cluster_acts.cluster_id = judged_clusters.cluster_id) AS acts,
    (SELECT count(*) FROM terms) AS clauses
FROM judged_clusters
LEFT JOIN measured ON measured.cluster_id = judged_clusters.cluster_id
ORDER BY judged_clusters.cluster_id, subject
