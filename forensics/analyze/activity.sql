-- When each account was active, in ten-second bins.
--
-- reads   requests
-- grain   one row per account and bin

SELECT DISTINCT user_id, epoch_us(timestamp) // 10000000 AS bin
FROM requests
WHERE user_id IS NOT NULL
ORDER BY user_id, bin
