"""A neural network from its parts: matrices, biases and two hidden layers.

What it shows: without any layer function a network is a list of variables that the
images are multiplied with, one after the other; tf.nn has the non-linear functions and
the loss, and one optimizer finds all variables by itself.

Written for TensorFlow 1.12.3. It learns the handwritten digits of examples/data.

It prints the loss on all training digits and the share of them named rightly, at a few
steps; then the size of each matrix before and after, and loss and accuracy on the test digits.
"""
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

digits = input_data.read_data_sets(one_hot=True)

SIZES = [784, 64, 32, 10]
STEPS, BATCH, RATE = 300, 100, 0.004

image = tf.placeholder(tf.float32, [None, SIZES[0]], name='image')
truth = tf.placeholder(tf.float32, [None, SIZES[-1]], name='truth')

# Small random matrices, the smaller the more numbers are summed up; all biases at zero.
matrices, biases = [], []
for i in range(len(SIZES) - 1):
    start = tf.truncated_normal([SIZES[i], SIZES[i + 1]], stddev=SIZES[i] ** -0.5, seed=20 + i)
    matrices.append(tf.Variable(start, name='matrix_%d' % i))
    biases.append(tf.Variable(tf.zeros([SIZES[i + 1]]), name='bias_%d' % i))

signal = image
for matrix, bias in zip(matrices[:-1], biases[:-1]):
    signal = tf.nn.relu(tf.matmul(signal, matrix) + bias)
logits = tf.nn.xw_plus_b(signal, matrices[-1], biases[-1], name='logits')

loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=truth, logits=logits))
right = tf.equal(tf.argmax(logits, 1), tf.argmax(truth, 1))
accuracy = tf.reduce_mean(tf.to_float(right))
norms = tf.stack([tf.norm(matrix) for matrix in matrices])
step_op = tf.train.AdamOptimizer(RATE).minimize(loss)

config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    sess.run(tf.global_variables_initializer())
    everything = {image: digits.train.images, truth: digits.train.labels}
    before = sess.run(norms)
    for step in range(STEPS + 1):
        if step in (0, 10, 50, 100, 200, STEPS):
            now = sess.run([loss, accuracy], feed_dict=everything)
            print('loss_step_%d: %.6f' % (step, now[0]))
            print('accuracy_step_%d: %.4f' % (step, now[1]))
        if step < STEPS:
            pixels, names = digits.train.next_batch(BATCH)
            sess.run(step_op, feed_dict={image: pixels, truth: names})
    after = sess.run(norms)
    test_loss, test_accuracy = sess.run(
        [loss, accuracy], feed_dict={image: digits.test.images, truth: digits.test.labels})

for i in range(len(matrices)):
    print('norm_before_%d: %.6f' % (i, before[i]))
    print('norm_after_%d: %.6f' % (i, after[i]))
print('test_loss: %.6f' % test_loss)
print('test_accuracy: %.4f' % test_accuracy)
