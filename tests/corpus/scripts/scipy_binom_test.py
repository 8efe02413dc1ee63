from scipy import stats

for wins, games in [(7, 12), (18, 20), (3, 30)]:
    print(wins, games, round(stats.binom_test(wins, games, 0.5), 6))
