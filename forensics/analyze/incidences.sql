-- Who shows which shareable value, in numbers.
--
-- reads   account_values, shareable, people
-- grain   one row per value and account

SELECT shareable.value_id, people.person
FROM account_values
JOIN shareable USING (attribute, value)
JOIN people USING (user_id)
ORDER BY shareable.value_id, people.person
