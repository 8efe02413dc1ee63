import numpy as np

weights = np.array([0.1, 1.0 / 3, 2.0, -1e-3])
print(weights)
print(np.eye(2) * 0.5)
print(str(np.float64(1) / 3), np.array(True))
