-- The signals that fired for one pair, kept or not; what was observed is on record for kept pairs.
--
-- reads   sightings, signals, people, links
-- params  $a, $b
-- grain   one row per signal

SELECT sightings.signal, signals.family, sightings.bits, links.detail
FROM sightings
JOIN people AS of_a ON of_a.person = sightings.a AND of_a.user_id = $a
JOIN people AS of_b ON of_b.person = sightings.b AND of_b.user_id = $b
JOIN signals ON signals.signal = sightings.signal
LEFT JOIN links ON links.user_id_a = $a AND links.user_id_b = $b AND links.signal = sightings.signal
ORDER BY sightings.bits DESC, sightings.signal
