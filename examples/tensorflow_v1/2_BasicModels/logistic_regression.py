"""Logistic regression: which digit is it, by a weight for every pixel?

What it shows: variables from tf.get_variable with a regularizer, the softmax
cross entropy of tf.losses, which collects every loss that is added, and a streaming
metric, whose local variables count over several batches.

Written for TensorFlow 1.12.3. The digits are a part of MNIST, in examples/data.

It prints the loss on all training digits as it falls, the accuracy on the test
digits, how many of each are recognised, and the most common mistake.
"""
from __future__ import print_function

import os
import random
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(13)
np.random.seed(13)
tf.set_random_seed(13)

STEPS, BATCH = 400, 50
digits = input_data.read_data_sets()

pixels = tf.placeholder(tf.float32, [None, 784], name='pixels')
digit = tf.placeholder(tf.int64, [None], name='digit')

with tf.variable_scope('softmax', regularizer=lambda kernel: 0.001 * tf.nn.l2_loss(kernel)):
    weights = tf.get_variable('weights', [784, 10], initializer=tf.zeros_initializer())
    biases = tf.get_variable('biases', [10], initializer=tf.zeros_initializer(),
                             regularizer=tf.no_regularizer)
scores = tf.nn.xw_plus_b(pixels, weights, biases)
cross_entropy = tf.losses.sparse_softmax_cross_entropy(labels=digit, logits=scores)
train_op = tf.train.MomentumOptimizer(0.05, momentum=0.9).minimize(tf.losses.get_total_loss())

answer = tf.argmax(scores, axis=1)
accuracy, count_batch = tf.metrics.accuracy(labels=digit, predictions=answer)
confusion = tf.confusion_matrix(labels=digit, predictions=answer, num_classes=10)

config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    sess.run(tf.global_variables_initializer())
    everything = {pixels: digits.train.images, digit: digits.train.labels}
    print('loss_at_0: %.6f' % sess.run(cross_entropy, feed_dict=everything))
    for step in range(1, STEPS + 1):
        images, labels = digits.train.next_batch(BATCH)
        sess.run(train_op, feed_dict={pixels: images, digit: labels})
        if step in (10, 40, 120, STEPS):
            print('loss_at_%d: %.6f' % (step, sess.run(cross_entropy, feed_dict=everything)))

    table = np.zeros([10, 10], dtype=np.int64)
    sess.run(tf.local_variables_initializer())
    for start in range(0, digits.test.num_examples, 100):
        part = slice(start, start + 100)
        _, more = sess.run([count_batch, confusion], feed_dict={
            pixels: digits.test.images[part], digit: digits.test.labels[part]})
        table += more
    test_accuracy, norm = sess.run([accuracy, tf.norm(weights)])

print('weights_norm: %.6f' % norm)
print('test_digits: %d' % table.sum())
for row in range(10):
    print('recognised_%d: %d of %d' % (row, table[row, row], table[row].sum()))
mistakes = table - np.diag(np.diag(table))
true, said = np.unravel_index(np.argmax(mistakes), mistakes.shape)
print('most_common_mistake: %d taken for %d' % (true, said))
print('test_accuracy: %.4f' % test_accuracy)
