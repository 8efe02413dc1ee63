"""Autoencoder: squeeze a digit of 784 pixels through 24 numbers and draw it again.

What it shows: an encoder and a decoder trained together, without labels, to give
back what they were given; RMSProp on the squared error of a picture.

Written for TensorFlow 0.12.1. Trains on the 2,000 digits of examples/data; the
errors at the end are those of 500 others.

It prints the loss as it falls, how many numbers a digit is squeezed into, and the
squared error of a pixel, beside that of a guess that knows no digit (the average
picture) and as a share of it.
"""
# 480 batches through four layers, forwards and back, on one core: about 3 s of CPU.
from __future__ import print_function

import os
import random
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(5)
np.random.seed(5)
tf.set_random_seed(5)

digits = input_data.read_data_sets()
epochs = 12
batch = 50

original = tf.placeholder('float', [None, 784])
layer = original
for depth, (wide, narrow) in enumerate([(784, 128), (128, 24), (24, 128), (128, 784)]):
    reach = (6.0 / (wide + narrow)) ** 0.5
    weights = tf.Variable(tf.random_uniform([wide, narrow], -reach, reach, seed=depth + 1))
    biases = tf.Variable(tf.zeros([narrow]))
    total = tf.matmul(layer, weights) + biases
    # Pixels run from 0 to 1, and so does the sigmoid: it closes the decoder.
    layer = tf.nn.sigmoid(total) if narrow == 784 else tf.nn.tanh(total)
    if narrow == 24:
        code = layer
redrawn = layer

gap = tf.square(tf.sub(original, redrawn))
pixel_error = tf.reduce_mean(gap)
loss = tf.reduce_mean(tf.reduce_sum(gap, reduction_indices=1))
update = tf.train.RMSPropOptimizer(0.004).minimize(loss)

session = tf.Session(config=tf.ConfigProto(
    intra_op_parallelism_threads=1, inter_op_parallelism_threads=1))
session.run(tf.initialize_all_variables())

print('loss_epoch_0: %.6f' % session.run(loss, {original: digits.train.images}))
for epoch in range(1, epochs + 1):
    for _ in range(digits.train.num_examples // batch):
        session.run(update, {original: digits.train.next_batch(batch)[0]})
    if epoch in (1, 4, 8, 12):
        print('loss_epoch_%d: %.6f' % (epoch, session.run(loss, {original: digits.train.images})))

test_error, codes = session.run([pixel_error, code], {original: digits.test.images})
session.close()

average = digits.train.images.mean(axis=0)
average_error = np.mean(np.square(digits.test.images - average))
print('code_numbers: %d' % codes.shape[1])
print('average_picture_error: %.6f' % average_error)
print('test_error: %.6f' % test_error)
print('share_of_error_left: %.4f' % (test_error / average_error))
