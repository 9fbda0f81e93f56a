-- The parameters in force, one per row; of the bet, the share on each set of so many families.
--
-- reads  settings
-- grain  one parameter

SELECT parameter, setting
FROM (
    UNPIVOT (SELECT COLUMNS(* EXCLUDE (choice_shares))::DOUBLE FROM settings)
    ON COLUMNS(*) INTO NAME parameter VALUE setting
)
UNION ALL
SELECT concat('choice_shares_of_', number), round(share, 6)
FROM (SELECT unnest(choice_shares) AS share, generate_subscripts(choice_shares, 1) + 1 AS number FROM settings)
ORDER BY parameter
