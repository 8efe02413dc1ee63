"""Recurrent network: reads a handwritten digit row by row, from the top.

What it shows: static_rnn takes a Python list with one tensor for each moment and
lays out one copy of the cell for each of them, all with the same variables. The
outputs come back as such a list, so the network can be asked at any row.

Written for TensorFlow 1.12.3. The digits are those of examples/data.

It prints the loss as it falls, the accuracy on the test digits when the network has
read only the upper rows and when it has read them all, and the mean size of its memory.
It takes about five seconds: nearly two to import tf.contrib, then 28 cells and their
gradients have to be laid out before the first step.
"""
from __future__ import print_function

import os
import random
import sys

import numpy as np
import tensorflow as tf
from tensorflow.contrib import rnn

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(8)
np.random.seed(8)
tf.set_random_seed(8)

ROWS, COLUMNS, UNITS, CLASSES = 28, 28, 32, 10
STEPS, BATCH = 200, 100

mnist = input_data.read_data_sets(one_hot=True)

pictures = tf.placeholder(tf.float32, [None, ROWS * COLUMNS])
labels = tf.placeholder(tf.float32, [None, CLASSES])

# One tensor [batch, 28] for each row.
moments = tf.unstack(tf.reshape(pictures, [-1, ROWS, COLUMNS]), num=ROWS, axis=1)

with tf.variable_scope('reader', initializer=tf.glorot_uniform_initializer(seed=6)):
    cell = rnn.BasicLSTMCell(UNITS, forget_bias=1.0)
    outputs, state = rnn.static_rnn(cell, moments, dtype=tf.float32)
    out_kernel = tf.get_variable('out_kernel', [UNITS, CLASSES])
    out_bias = tf.get_variable('out_bias', [CLASSES], initializer=tf.zeros_initializer())


def scores_after(rows):
    """Return what the network says once it has read so many rows."""
    return tf.matmul(outputs[rows - 1], out_kernel) + out_bias


def accuracy_after(rows):
    """Return how often that is right."""
    hits = tf.equal(tf.argmax(scores_after(rows), axis=1), tf.argmax(labels, axis=1))
    return tf.reduce_mean(tf.cast(hits, tf.float32))


logits = scores_after(ROWS)
cost = tf.losses.softmax_cross_entropy(onehot_labels=labels, logits=logits)
asked = [14, 18, 21, 24, ROWS]
accuracies = [accuracy_after(rows) for rows in asked]
memory = tf.reduce_mean(tf.abs(state.c))

# Through 28 copies a gradient can grow beyond measure: cut it to length 5.
adam = tf.train.AdamOptimizer(0.01)
gradients, variables = zip(*adam.compute_gradients(cost))
gradients, _ = tf.clip_by_global_norm(gradients, 5.0)
learn = adam.apply_gradients(zip(gradients, variables))

config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    sess.run(tf.global_variables_initializer())
    shown = {pictures: mnist.test.images, labels: mnist.test.labels}
    for step in range(STEPS + 1):
        if step in (0, 25, 50, 100, STEPS):
            print('test_loss_step_%d: %.6f' % (step, sess.run(cost, feed_dict=shown)))
        if step < STEPS:
            images, names = mnist.train.next_batch(BATCH)
            sess.run(learn, feed_dict={pictures: images, labels: names})
    found, size = sess.run([accuracies, memory], feed_dict=shown)

for rows, accuracy in zip(asked[:-1], found):
    print('accuracy_after_%d_rows: %.4f' % (rows, accuracy))
print('weights: %d' % sum(int(np.prod(v.shape.as_list())) for v in variables))
print('memory: %.6f' % size)
print('test_accuracy: %.4f' % found[-1])
