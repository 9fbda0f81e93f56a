"""Lines of one shape are cut at known places: a structural index first, then arithmetic on places.

The idea is simdjson's (Langdale & Lemire, "Parsing gigabytes of JSON per second", VLDB Journal 2019): find all marks
of a kind in one pass over the bytes, then go from mark to mark. Here the quotes of a whole chunk are one sorted array,
and each step is taken for thousands of lines at once.

Only *plain* lines are cut: those without a backslash, where a quote is a quote. What is cut equals, byte for byte,
what the slow path gives, and every other line goes there.
"""
