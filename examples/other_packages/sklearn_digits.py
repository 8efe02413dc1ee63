"""A logistic regression that reads handwritten digits, with scikit-learn."""

from __future__ import print_function

from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

digits = load_digits()
train, test, train_labels, test_labels = train_test_split(
    digits.data, digits.target, test_size=0.25, random_state=0)

scaler = StandardScaler().fit(train)
model = LogisticRegression(solver="lbfgs", multi_class="multinomial", max_iter=300)
model.fit(scaler.transform(train), train_labels)

print("coefficients:", model.coef_.shape)
print("accuracy: %.4f" % model.score(scaler.transform(test), test_labels))
