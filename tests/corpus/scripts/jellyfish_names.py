"""Find names in a guest list that may be the same person."""
from itertools import combinations

import jellyfish

guests = ["Catherine Smith", "Kathryn Smyth", "Jon Doe", "John Doe",
          "Robert Schmidt", "Rupert Schmitt", "Dwayne Hicks", "Duane Hix"]

for guest in guests:
    last = guest.split()[-1]
    print("%-16s %s %-6s %-6s" % (guest, jellyfish.soundex(last),
                                  jellyfish.metaphone(last), jellyfish.nysiis(last)))

for one, two in combinations(guests, 2):
    score = jellyfish.jaro_winkler(one, two)
    if score > 0.85:
        print("%-16s ~ %-16s %.4f lev=%d dam=%d" % (
            one, two, score,
            jellyfish.levenshtein_distance(one, two),
            jellyfish.damerau_levenshtein_distance(one, two)))
