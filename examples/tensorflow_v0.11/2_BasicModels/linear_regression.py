"""Linear regression: how far does a spring stretch for every kilogram?

What it shows: placeholders for the readings, two variables for the line, and
gradient descent on the mean squared error, all points in every step.

Written for TensorFlow 0.12.1. The readings are made up, typed in below.

It prints the loss as it falls, then the fitted line beside that of least squares
(numpy.polyfit), and the error on three readings kept aside.
"""
from __future__ import print_function

import random

import numpy as np
import tensorflow as tf

random.seed(11)
np.random.seed(11)
tf.set_random_seed(11)

# Mass on the hook in kilograms, length of the spring in centimetres.
mass = np.array([0.10, 0.20, 0.30, 0.40, 0.50, 0.60,
                 0.70, 0.80, 0.90, 1.00, 1.10, 1.20], dtype=np.float32)
length = np.array([18.7, 19.2, 20.1, 20.4, 21.3, 21.8,
                   22.6, 23.0, 23.9, 24.3, 25.2, 25.6], dtype=np.float32)
kept_mass = np.array([0.25, 0.65, 1.05], dtype=np.float32)
kept_length = np.array([19.6, 22.3, 24.7], dtype=np.float32)

steps = 400

hung = tf.placeholder(tf.float32, [None], name='hung')
measured = tf.placeholder(tf.float32, [None], name='measured')

stretch = tf.Variable(tf.random_normal([], seed=1), name='stretch')
rest = tf.Variable(tf.random_normal([], seed=2), name='rest')

predicted = tf.add(tf.mul(stretch, hung), rest)
miss = tf.sub(predicted, measured)
loss = tf.reduce_mean(tf.square(miss))
error = tf.reduce_mean(tf.abs(miss))
train = tf.train.GradientDescentOptimizer(0.3).minimize(loss)

readings = {hung: mass, measured: length}
config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    sess.run(tf.initialize_all_variables())
    print('loss_at_0: %.6f' % sess.run(loss, feed_dict=readings))
    for step in range(1, steps + 1):
        sess.run(train, feed_dict=readings)
        if step in (10, 50, 100, 200):
            print('loss_at_%d: %.6f' % (step, sess.run(loss, feed_dict=readings)))
    last = sess.run(loss, feed_dict=readings)
    slope, offset = sess.run([stretch, rest])
    kept_error = sess.run(error, feed_dict={hung: kept_mass, measured: kept_length})

exact_slope, exact_offset = np.polyfit(mass.astype(np.float64), length.astype(np.float64), 1)
print('loss_last: %.6f' % last)
print('slope: %.6f' % slope)
print('slope_exact: %.6f' % exact_slope)
print('offset: %.6f' % offset)
print('offset_exact: %.6f' % exact_offset)
print('kept_error_cm: %.6f' % kept_error)
