"""Convolutional network: small filters slide over the digits and are pooled.

What it shows: tf.nn.conv2d and tf.nn.max_pool, twice; a layer with dropout that
works in training only, its share fed as a placeholder; labels as plain integers.

Written for TensorFlow 0.12.1. The digits are those of examples/data, 2,000 to
learn from and 500 to be tested with.

It prints the number of trained parameters, the loss on the test digits and the
share read correctly after every round, and both for a last time at the end.
"""
# Two convolutions over 6,000 digits, forwards and back, on one core: 3 to 4 s of CPU.
from __future__ import print_function

import os
import random
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

SEED = 31
ROUNDS = 3
BATCH = 20

random.seed(SEED)
np.random.seed(SEED)
tf.set_random_seed(SEED)


def convolve_and_pool(picture, filters, seed):
    """Return `filters` maps of half the height and width."""
    channels = picture.get_shape()[3].value
    shape = [3, 3, channels, filters]
    kernel = tf.Variable(tf.truncated_normal(shape, stddev=0.3, seed=seed))
    bias = tf.Variable(tf.constant(0.1, shape=[filters]))
    maps = tf.nn.conv2d(picture, kernel, [1, 1, 1, 1], 'SAME')
    maps = tf.nn.relu(tf.nn.bias_add(maps, bias))
    return tf.nn.max_pool(maps, [1, 2, 2, 1], [1, 2, 2, 1], 'SAME')


x = tf.placeholder(tf.float32, [None, 784])
y = tf.placeholder(tf.int64, [None])
keep = tf.placeholder(tf.float32)

with tf.name_scope('filters'):
    picture = tf.reshape(x, [-1, 28, 28, 1])
    maps = convolve_and_pool(picture, 6, seed=1)
    maps = convolve_and_pool(maps, 12, seed=2)

with tf.name_scope('verdict'):
    flat = tf.reshape(maps, [-1, 7 * 7 * 12])
    w_hidden = tf.Variable(tf.truncated_normal([7 * 7 * 12, 48], stddev=0.05, seed=3))
    b_hidden = tf.Variable(tf.constant(0.1, shape=[48]))
    hidden = tf.nn.relu_layer(flat, w_hidden, b_hidden)
    hidden = tf.nn.dropout(hidden, keep, seed=4)
    w_out = tf.Variable(tf.truncated_normal([48, 10], stddev=0.1, seed=5))
    b_out = tf.Variable(tf.zeros([10]))
    logits = tf.nn.xw_plus_b(hidden, w_out, b_out)

cost = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(logits, y))
step = tf.train.AdamOptimizer(0.006).minimize(cost)
hits = tf.reduce_mean(tf.to_float(tf.nn.in_top_k(logits, tf.to_int32(y), 1)))

print('parameters: %d' % sum(v.get_shape().num_elements() for v in tf.trainable_variables()))

digits = input_data.read_data_sets(one_hot=False)
test = {x: digits.test.images, y: digits.test.labels, keep: 1.0}
with tf.Session(config=tf.ConfigProto(
        intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)) as sess:
    tf.initialize_all_variables().run()
    print('test_loss_round_0: %.6f' % cost.eval(test))
    for number in range(1, ROUNDS + 1):
        for _ in range(digits.train.num_examples // BATCH):
            images, labels = digits.train.next_batch(BATCH)
            step.run({x: images, y: labels, keep: 0.75})
        test_loss, test_accuracy = sess.run([cost, hits], test)
        print('test_loss_round_%d: %.6f' % (number, test_loss))
        print('test_accuracy_round_%d: %.4f' % (number, test_accuracy))
print('test_loss: %.6f' % test_loss)
print('test_accuracy: %.4f' % test_accuracy)
