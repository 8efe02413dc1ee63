from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

X = [[0, 0], [1, 0], [0, 1], [9, 9], [8, 9], [9, 8]]
y = [0, 0, 0, 1, 1, 1]
model = KNeighborsClassifier(3, "distance").fit(StandardScaler(True, False).fit_transform(X), y)
print(model.n_neighbors, model.weights)
print(model.predict([[-4, -4], [4, 4]]).tolist())
