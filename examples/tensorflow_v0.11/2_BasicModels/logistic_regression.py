"""Logistic regression: which of ten digits is it, judged by weighted pixels?

What it shows: a softmax over ten weighted sums of the 784 pixels, trained by
gradient descent on small batches, with a little weight decay against learning
the training images by heart.

Written for TensorFlow 0.12.1. The digits are the part of MNIST in examples/data.

It prints the loss on the training digits as it falls, then the accuracy on both
sets, on each digit of the test set, and the pair that is mixed up most.
"""
from __future__ import print_function

import os
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

np.random.seed(17)
tf.set_random_seed(17)

digits = input_data.read_data_sets(one_hot=True)
epochs = 15
batch_size = 50
batches = digits.train.num_examples // batch_size

pixels = tf.placeholder(tf.float32, [None, 784], name='pixels')
truth = tf.placeholder(tf.float32, [None, 10], name='truth')

weights = tf.Variable(tf.random_normal([784, 10], stddev=0.01, seed=4), name='weights')
biases = tf.Variable(tf.zeros([10]), name='biases')
scores = tf.nn.bias_add(tf.matmul(pixels, weights), biases)

loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(scores, truth))
decay = tf.mul(1e-3, tf.nn.l2_loss(weights))
train = tf.train.GradientDescentOptimizer(0.2).minimize(tf.add(loss, decay))

answer = tf.argmax(scores, 1)
wanted = tf.argmax(truth, 1)
accuracy = tf.reduce_mean(tf.cast(tf.equal(answer, wanted), tf.float32))
mixed_up = tf.contrib.metrics.confusion_matrix(answer, wanted, 10)

everything = {pixels: digits.train.images, truth: digits.train.labels}
unseen = {pixels: digits.test.images, truth: digits.test.labels}

config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    sess.run(tf.initialize_all_variables())
    print('loss_epoch_0: %.6f' % sess.run(loss, everything))
    for epoch in range(1, epochs + 1):
        for _ in range(batches):
            images, labels = digits.train.next_batch(batch_size)
            sess.run(train, {pixels: images, truth: labels})
        if epoch in (1, 2, 5, 10, epochs):
            print('loss_epoch_%d: %.6f' % (epoch, sess.run(loss, everything)))
    train_accuracy = sess.run(accuracy, everything)
    test_loss, test_accuracy, table = sess.run([loss, accuracy, mixed_up], unseen)

# The rows of the table are the answers, its columns the true digits.
for digit in range(10):
    print('recall_of_%d: %.4f' % (digit, table[digit, digit] / float(table[:, digit].sum())))
np.fill_diagonal(table, 0)
said, meant = np.unravel_index(table.argmax(), table.shape)
print('most_mixed_up: %d read as %d, %d times' % (meant, said, table.max()))
print('train_accuracy: %.4f' % train_accuracy)
print('test_loss: %.6f' % test_loss)
print('test_accuracy: %.4f' % test_accuracy)
