-- What the analysis tested, where an analyst chose a focus.
--
-- reads  focus_choice
-- grain  one row where there is a focus, else none

SELECT kind, name, accounts, pairs, number, choices, after_links, alpha
FROM focus_choice
ORDER BY number
