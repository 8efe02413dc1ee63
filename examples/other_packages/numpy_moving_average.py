"""A moving average of a noisy sine, with NumPy alone."""

from __future__ import print_function

import numpy as np

WIDTH = 5

time = np.linspace(0, 2 * np.pi, 40, dtype=np.float)
noise = np.random.RandomState(7).normal(0, 0.1, time.size)
signal = np.sin(time) + noise

windows = np.stack([signal[start:start + WIDTH] for start in range(time.size - WIDTH + 1)])
smooth = windows.mean(axis=1)

print("windows:", windows.shape)
print("roughness before: %.4f" % np.abs(np.diff(signal)).mean())
print("roughness after: %.4f" % np.abs(np.diff(smooth)).mean())
