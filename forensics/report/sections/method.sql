-- How strong the strongest pair of each permuted world is, in which families meet only by chance.
--
-- reads  decoys
-- grain  one permuted world

SELECT replicate, strongest_bits, linked, leads
FROM decoys
ORDER BY strongest_bits DESC, replicate
