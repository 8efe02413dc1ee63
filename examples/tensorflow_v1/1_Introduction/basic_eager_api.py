"""The eager API: operations that give their values at once.

What it shows: with eager execution there is no graph to build and no session to
run it. A tensor holds a number that Python may print, compare and loop on, numpy
takes part without conversion, and gradients are asked of ordinary functions or
of a tape.

Written for TensorFlow 1.12.3. Nothing here draws random numbers.

It prints the values of some operations on matrices; the steps of Newton's method
towards a root, driven by a gradient function and a plain while loop; how many
steps the rule of Collatz takes from three numbers down to 1; and the derivatives
a tape records, beside those worked out by hand. Nearly all of its time, some 3 s,
is the import of tf.contrib, where tfe lives.
"""
from __future__ import print_function

import numpy as np
import tensorflow as tf
import tensorflow.contrib.eager as tfe

tf.enable_eager_execution(
    config=tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1))

print('eager: %s' % tf.executing_eagerly())

# Values at once: a tensor, an array and a Python number in one expression.
turn = tf.constant([[0.0, -1.0], [1.0, 0.0]])
corners = np.array([[1.0, 3.0, 3.0], [1.0, 1.0, 2.0]], dtype=np.float32)
turned = tf.matmul(turn, corners) * 2 + corners
for row, values in enumerate(turned.numpy()):
    print('turned_row_%d: %s' % (row, ' '.join('%.4f' % value for value in values)))
print('numpy_sum: %.6f' % np.sum(turned))
print('determinant: %.6f' % tf.matrix_determinant(turn + 0.5))
print('whole: %d' % (tf.constant(17) // 5))
print('rest: %d' % (tf.constant(17) % 5))


# A loop that ends when a tensor says so: the root of a cubic, by Newton.
def cubic(x):
    return x ** 3 - 2.0 * x - 5.0


slope = tfe.gradients_function(cubic)
x = tf.constant(3.0, dtype=tf.float64)
steps = 0
while tf.abs(cubic(x)) > 1e-12:
    print('newton_%d: %.9f' % (steps, x))
    x -= cubic(x) / slope(x)[0]
    steps += 1
print('newton_steps: %d' % steps)
print('root: %.9f' % x)
print('root_numpy: %.9f' % max(root.real for root in np.roots([1.0, 0.0, -2.0, -5.0])))
print('slope_at_root: %.6f' % slope(x)[0])


# Branches need no tf.cond, and no limit on the steps is known beforehand.
def collatz(start):
    n, count = tf.constant(start), 0
    while not tf.equal(n, 1):
        n = n // 2 if tf.equal(n % 2, 0) else 3 * n + 1
        count += 1
    return count


for start in (6, 27, 97):
    print('collatz_%d: %d' % (start, collatz(start)))

# A tape within a tape: the first and the second derivative of x * sin(x).
angle = tfe.Variable(0.75, dtype=tf.float64, name='angle')
with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        wave = angle * tf.sin(angle)
    first = inner.gradient(wave, angle)
second = outer.gradient(first, angle)
print('first: %.9f' % first)
print('first_by_hand: %.9f' % (np.sin(0.75) + 0.75 * np.cos(0.75)))
print('second: %.9f' % second)
print('second_by_hand: %.9f' % (2.0 * np.cos(0.75) - 0.75 * np.sin(0.75)))
