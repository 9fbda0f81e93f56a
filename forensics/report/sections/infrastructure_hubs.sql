-- Values shared by so many accounts that they link nobody.
--
-- reads  hubs
-- grain  one value of one attribute

SELECT replace(attribute, '_', ' ') AS attribute, value, accounts, kind, replace(action, '_', ' ') AS action
FROM hubs
ORDER BY accounts DESC, attribute, value
