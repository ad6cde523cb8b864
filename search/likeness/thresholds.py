"""How much of a letter must agree before somebody is told. The one place where this is said. Pure.

Set on the first half of the labelled letters of ``bench/duplicates.py`` (``docs/duplicates.md`` says how) and proved on
the other half. Shares are of a letter's weight: a pair of words that is rare in the backlog weighs up to 1.
"""

# The clerk is told that this letter came before: this share of what was typed stands in it, or of it in what was typed.
SAME_LETTER = 0.52
# The same, where the same number of a phone or identity card speaks for it too.
SAME_LETTER_OF_PERSON = 0.14
# Two letters of the backlog stand in one group: this share of the longer one stands in the other.
SAME_GROUP = 0.70
# Below this much weight in common nothing is said: a title of five words is not yet a letter.
LEAST_SHARED = 2.0
# Fewer pairs of words than this are not looked up.
LEAST_PAIRS = 6

# How many letters that have a key are looked at, the newest first; and how many of all are compared in full.
HOLDERS = 128
COMPARED = 80
# How many keys are looked up: the smallest hashes, which are a MinHash sketch of the letter. For a group fewer will do.
KEYS_ASKED = 48
GROUP_KEYS = 12
GROUP_HOLDERS = 48
GROUP_COMPARED = 8
# From one house as many letters come, at most, for "same house" to say anything.
HOUSE_LETTERS = 12
