import numpy as np

row = np.arange(12).reshape(3, 4)
total = np.asscalar(row.sum(axis=1).max(keepdims=True))
print(total, type(total).__name__)
print(np.asscalar(np.float32(0.5)))
