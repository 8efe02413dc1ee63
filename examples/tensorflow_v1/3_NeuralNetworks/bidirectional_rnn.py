"""A bidirectional recurrent network that reads digits row by row.

What it shows: two LSTM cells walk through the rows of a picture, one from the top
and one from the bottom; tf.nn.static_bidirectional_rnn copies both into the graph
once for every step and joins what they saw. The answer comes from the state that
each of them ends with. To keep the graph small, a step takes two rows, and the four
at the top and at the bottom, which are nearly empty, are left out.

Written for TensorFlow 1.12.3, with the digits of input_data.

It prints the loss on the test digits as it falls, then the accuracy on them, for
both readers together and when only one of the two may speak.
"""
# 20 cells and their gradients are laid out before the first step: about 3 s of CPU.
from __future__ import print_function

import os
import random
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(71)
np.random.seed(71)
tf.set_random_seed(71)

digits = input_data.read_data_sets(one_hot=True)
steps, units = 10, 32
rate, batch, batches = 0.02, 80, 75

picture = tf.placeholder(tf.float32, [None, 28 * 28], name='picture')
label = tf.placeholder(tf.float32, [None, 10], name='label')
# How much each reader is listened to: down (from the top), up (from the bottom).
volume = tf.placeholder_with_default([1.0, 1.0], [2], name='volume')

down = tf.nn.rnn_cell.LSTMCell(units, initializer=tf.glorot_uniform_initializer(seed=7))
up = tf.nn.rnn_cell.LSTMCell(units, initializer=tf.glorot_uniform_initializer(seed=8))
middle = tf.reshape(picture, [-1, 28, 28])[:, 4:24]
strips = tf.unstack(tf.reshape(middle, [-1, steps, 2 * 28]), axis=1)
outputs, down_state, up_state = tf.nn.static_bidirectional_rnn(
    down, up, strips, dtype=tf.float32)
heard = tf.concat([down_state.h * volume[0], up_state.h * volume[1]], axis=1)
scores = tf.layers.dense(heard, 10, kernel_initializer=tf.glorot_uniform_initializer(seed=9))

loss = tf.losses.softmax_cross_entropy(onehot_labels=label, logits=scores)
right = tf.equal(tf.argmax(scores, axis=1), tf.argmax(label, axis=1))
accuracy = tf.reduce_mean(tf.cast(right, tf.float32))
train_op = tf.train.AdamOptimizer(rate).minimize(loss)


def judge(sess, *volumes):
    """Return loss and accuracy on the test digits, listening to the readers like this."""
    return sess.run([loss, accuracy], feed_dict={
        picture: digits.test.images, label: digits.test.labels, volume: volumes})


config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    sess.run(tf.global_variables_initializer())
    print('test_loss_batch_0: %.6f' % judge(sess, 1.0, 1.0)[0])
    for number in range(1, batches + 1):
        pixels, kinds = digits.train.next_batch(batch)
        sess.run(train_op, feed_dict={picture: pixels, label: kinds})
        if number in (10, 25, 50, batches):
            print('test_loss_batch_%d: %.6f' % (number, judge(sess, 1.0, 1.0)[0]))
    _, together = judge(sess, 1.0, 1.0)
    _, only_down = judge(sess, 1.0, 0.0)
    _, only_up = judge(sess, 0.0, 1.0)

print('steps_in_the_graph: %d' % len(outputs))
print('test_accuracy: %.4f' % together)
print('test_accuracy_only_down: %.4f' % only_down)
print('test_accuracy_only_up: %.4f' % only_up)
