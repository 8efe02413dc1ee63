import pickle

import cloudpickle


def make(n):
    def add(x):
        return x + n
    return add


data = cloudpickle.dumps(make(5))
print(pickle.loads(data)(37))
print(pickle.loads(cloudpickle.dumps(lambda s: s.upper()))("tea"))
