"""Linear regression, eagerly: the pull of the earth from a pendulum on a string.

What it shows: with eager execution a model is a Python function. The function
tfe.value_and_gradients_function makes of the loss another one that returns the
loss with its gradients, and a loop takes steps against them: no variables, no
optimizer, no session.

Written for TensorFlow 1.12.3. The readings are made up, typed in below.

The square of a pendulum's period is 4 pi^2 / g times its length. It prints the
loss as it falls, the fitted line beside that of least squares, the g it stands
for, and by how much the periods of three strings kept aside are missed. Nearly
all of its time, some 3 s, is the import of tf.contrib, where tfe lives.
"""
from __future__ import print_function

import math
import random

import numpy as np
import tensorflow as tf
import tensorflow.contrib.eager as tfe

tf.enable_eager_execution(
    config=tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1))
random.seed(31)
np.random.seed(31)
tf.set_random_seed(31)

# Length of the string in metres, time of ten swings in seconds.
READINGS = [(0.2, 8.99), (0.3, 10.96), (0.4, 12.71), (0.5, 14.15), (0.6, 15.57), (0.7, 16.75),
            (0.8, 17.98), (0.9, 19.00), (1.0, 20.09), (1.1, 21.01), (1.2, 22.00)]
KEPT = [(0.25, 10.05), (0.65, 16.14), (1.05, 20.59)]


def columns(readings):
    table = tf.constant(readings, dtype=tf.float32)
    return table[:, 0], tf.square(table[:, 1] / 10.0)


def squared_period(length, slope, offset):
    return slope * length + offset


def loss(slope, offset, length, measured):
    return tf.losses.mean_squared_error(measured, squared_period(length, slope, offset))


loss_and_gradients = tfe.value_and_gradients_function(loss, params=['slope', 'offset'])

lengths, squares = columns(READINGS)
slope, offset = tf.unstack(tf.random_normal([2], seed=4))
steps, rate, momentum = 200, 0.2, 0.8
speed_s = speed_o = tf.constant(0.0)
for step in range(steps + 1):
    value, (by_slope, by_offset) = loss_and_gradients(slope, offset, lengths, squares)
    if step in (0, 5, 20, 50, steps):
        print('loss_at_%d: %.6f' % (step, value))
    if step < steps:
        speed_s = momentum * speed_s - rate * by_slope
        speed_o = momentum * speed_o - rate * by_offset
        slope, offset = slope + speed_s, offset + speed_o

# The same line in closed form, solved with a column of ones beside the lengths.
ones = tf.stack([lengths, tf.ones_like(lengths)], axis=1)
exact = tf.matrix_solve_ls(ones, tf.expand_dims(squares, 1), fast=True)[:, 0]

kept_lengths, kept_squares = columns(KEPT)
periods = tf.sqrt(squared_period(kept_lengths, slope, offset))
misses = tf.abs(periods - tf.sqrt(kept_squares))

print('slope: %.6f' % slope)
print('slope_exact: %.6f' % exact[0])
print('offset: %.4f' % offset)
print('offset_exact: %.4f' % exact[1])
print('g: %.4f' % (4.0 * math.pi ** 2 / slope.numpy()))
print('kept_miss_mean: %.4f' % tf.reduce_mean(misses))
print('kept_miss_worst: %.4f' % tf.reduce_max(misses))
