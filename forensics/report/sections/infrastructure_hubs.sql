-- Values shared by many accounts: context that links nobody, or evidence too common to compare pair by pair.
--
-- reads  hubs
-- grain  one value of one attribute

SELECT replace(attribute, '_', ' ') AS attribute, value, accounts, kind, replace(action, '_', ' ') AS action
FROM hubs
ORDER BY accounts DESC, attribute, value
