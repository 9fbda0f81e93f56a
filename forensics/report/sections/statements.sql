-- What somebody said, in the words on record.
--
-- reads  statements
-- grain  one statement

SELECT statement_id, source, verbatim
FROM statements
ORDER BY statement_id, source, verbatim
