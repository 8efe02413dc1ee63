from sklearn.preprocessing import OneHotEncoder

rows = [["red", "S"], ["blue", "M"], ["red", "L"]]
encoder = OneHotEncoder(sparse=False, handle_unknown="ignore")
print(encoder.fit_transform(rows).tolist())
print([list(c) for c in encoder.categories_])
