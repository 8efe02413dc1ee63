"""A bidirectional recurrent network that reads digits row by row.

What it shows: two LSTM cells walk through the rows of a picture, one from the top
and one from the bottom; tf.nn.static_bidirectional_rnn copies both into the graph
once for every step and joins what they saw. The answer comes from the state that
each of them ends with. A step takes two rows, to keep the graph small.

Written for TensorFlow 1.12.3, with the digits of input_data.

It prints the loss on the training digits as it falls, then loss and accuracy on
the test digits, and the accuracy when only one of the two readers may speak.
"""
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
steps, width, units = 14, 2 * 28, 32
rate, batch, epochs = 0.01, 50, 4

picture = tf.placeholder(tf.float32, [None, steps * width], name='picture')
label = tf.placeholder(tf.float32, [None, 10], name='label')
# How much each reader is listened to: down (from the top), up (from the bottom).
volume = tf.placeholder_with_default([1.0, 1.0], [2], name='volume')

down = tf.nn.rnn_cell.BasicLSTMCell(units, forget_bias=1.0)
up = tf.nn.rnn_cell.BasicLSTMCell(units, forget_bias=1.0)
strips = tf.unstack(tf.reshape(picture, [-1, steps, width]), axis=1)
with tf.variable_scope('readers', initializer=tf.glorot_uniform_initializer(seed=8)):
    outputs, down_state, up_state = tf.nn.static_bidirectional_rnn(
        down, up, strips, dtype=tf.float32)
heard = tf.concat([down_state.h * volume[0], up_state.h * volume[1]], axis=1)
scores = tf.layers.dense(heard, 10, kernel_initializer=tf.glorot_uniform_initializer(seed=9))

loss = tf.losses.softmax_cross_entropy(onehot_labels=label, logits=scores)
right = tf.equal(tf.argmax(scores, axis=1), tf.argmax(label, axis=1))
accuracy = tf.reduce_mean(tf.cast(right, tf.float32))
train_op = tf.train.AdamOptimizer(rate).minimize(loss)

everything = {picture: digits.train.images, label: digits.train.labels}
unseen = {picture: digits.test.images, label: digits.test.labels}
config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    sess.run(tf.global_variables_initializer())
    print('loss_epoch_0: %.6f' % sess.run(loss, everything))
    for epoch in range(1, epochs + 1):
        for _ in range(digits.train.num_examples // batch):
            pixels, kinds = digits.train.next_batch(batch)
            sess.run(train_op, feed_dict={picture: pixels, label: kinds})
        print('loss_epoch_%d: %.6f' % (epoch, sess.run(loss, everything)))
    test_loss, together = sess.run([loss, accuracy], unseen)
    unseen[volume] = [1.0, 0.0]
    only_down = sess.run(accuracy, unseen)
    unseen[volume] = [0.0, 1.0]
    only_up = sess.run(accuracy, unseen)
print('steps_of_the_graph: %d' % len(outputs))
print('test_loss: %.6f' % test_loss)
print('test_accuracy: %.4f' % together)
print('test_accuracy_only_down: %.4f' % only_down)
print('test_accuracy_only_up: %.4f' % only_up)
