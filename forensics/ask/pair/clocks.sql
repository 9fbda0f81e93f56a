-- The periods of two accounts that a clock drives, both, in bins of one width.
--
-- reads   clocks, people
-- params  $a, $b
-- grain   one row, the widest bins; none if a clock drives one of them or neither

SELECT of_a.period AS period_a, of_b.period AS period_b
FROM clocks AS of_a
JOIN clocks AS of_b USING (scale)
JOIN people AS one ON one.person = of_a.person AND one.user_id = $a
JOIN people AS two ON two.person = of_b.person AND two.user_id = $b
ORDER BY scale DESC
LIMIT 1
