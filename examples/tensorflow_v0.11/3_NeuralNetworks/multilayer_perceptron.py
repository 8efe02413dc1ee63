"""Multilayer perceptron: two hidden layers of rectified units that read digits.

What it shows: variables made and wired by a small function, a softmax at the end,
Adam on batches of fifty, and the confusion of one digit with another.

Written for TensorFlow 0.12.1. Trains on the 2,000 digits of examples/data and is
judged by 500 others.

It prints the loss over all training digits as it falls, the accuracy on both
sets, how many of each test digit were read correctly, and the commonest mistake.
"""
from __future__ import print_function

import os
import random
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(23)
np.random.seed(23)
tf.set_random_seed(23)

digits = input_data.read_data_sets(one_hot=True)
batch = 50
steps = 480


def fully_connected(below, size, seed):
    """Return weights times the layer below plus biases; the caller bends it."""
    width = below.get_shape()[1].value
    spread = (2.0 / width) ** 0.5
    weights = tf.Variable(tf.truncated_normal([width, size], stddev=spread, seed=seed))
    biases = tf.Variable(tf.zeros([size]))
    return tf.add(tf.matmul(below, weights), biases)


pixels = tf.placeholder(tf.float32, [None, 784])
wanted = tf.placeholder(tf.float32, [None, 10])

first = tf.nn.relu(fully_connected(pixels, 96, seed=1))
second = tf.nn.relu(fully_connected(first, 48, seed=2))
scores = fully_connected(second, 10, seed=3)

loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(scores, wanted))
train = tf.train.AdamOptimizer(0.002).minimize(loss)
reading = tf.argmax(scores, 1)
accuracy = tf.reduce_mean(tf.cast(tf.equal(reading, tf.argmax(wanted, 1)), tf.float32))

learned = {pixels: digits.train.images, wanted: digits.train.labels}
unseen = {pixels: digits.test.images, wanted: digits.test.labels}
config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    sess.run(tf.initialize_all_variables())
    print('loss_at_0: %.6f' % sess.run(loss, feed_dict=learned))
    for step in range(1, steps + 1):
        images, labels = digits.train.next_batch(batch)
        sess.run(train, feed_dict={pixels: images, wanted: labels})
        if step % 120 == 0:
            print('loss_at_%d: %.6f' % (step, sess.run(loss, feed_dict=learned)))
    train_accuracy = sess.run(accuracy, feed_dict=learned)
    test_loss, test_accuracy, read = sess.run([loss, accuracy, reading], feed_dict=unseen)

# Rows: what was written; columns: what was read.
confusion = np.zeros([10, 10], dtype=np.int64)
for written, seen in zip(np.argmax(digits.test.labels, 1), read):
    confusion[written, seen] += 1
for digit in range(10):
    print('read_%d: %d of %d' % (digit, confusion[digit, digit], confusion[digit].sum()))
mistakes = confusion - np.diag(np.diag(confusion))
written, seen = np.unravel_index(np.argmax(mistakes), mistakes.shape)
print('commonest_mistake: %d read as %d, %d times' % (written, seen, mistakes.max()))
print('test_loss: %.6f' % test_loss)
print('train_accuracy: %.4f' % train_accuracy)
print('test_accuracy: %.4f' % test_accuracy)
