from sklearn.svm import SVC

X = [[0, 10], [20, 30], [10, 0], [30, 20], [25, 25], [5, 5], [40, 0], [0, 40]]
y = [0, 1, 0, 1, 1, 0, 1, 1]
model = SVC(C=1.0, random_state=0).fit(X, y)
print(model.n_support_.tolist())
print(model.predict([[15, 15], [35, 35], [2, 3]]).tolist())
print([round(v, 4) for v in model.decision_function([[12, 11], [22, 28]])])
