from nltk.lm import Laplace
from nltk.lm.preprocessing import padded_everygram_pipeline

text = [["a", "cat", "sat"], ["a", "dog", "sat"], ["a", "cat", "ran"]]
train, vocabulary = padded_everygram_pipeline(2, text)
model = Laplace(2)
model.fit(train, vocabulary)
print(len(model.vocab))
print(round(model.score("cat", ["a"]), 4), round(model.score("dog", ["a"]), 4))
