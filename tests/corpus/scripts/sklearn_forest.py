from sklearn.ensemble import ExtraTreesClassifier

X = [[i, (i * 7) % 5, (i * i) % 11] for i in range(40)]
y = [(i * i) % 11 > 4 for i in range(40)]
forest = ExtraTreesClassifier(random_state=3).fit(X, y)
print(len(forest.estimators_))
print(forest.score(X, y))
