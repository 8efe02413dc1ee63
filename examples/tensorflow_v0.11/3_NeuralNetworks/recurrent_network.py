"""Recurrent network: a digit is read like a text, line by line from the top.

What it shows: tf.nn.rnn unrolls an LSTM cell over the lines, tf.unpack cuts the
images into them, and gradients are clipped before they are applied. A line is two
rows of pixels: 14 steps instead of 28 keep the graph small.

Written for TensorFlow 0.12.1. It learns from the 2,000 digits of examples/data
and is tested with 500 others.

It prints the mean loss of the batches of each epoch, how many of the test
digits are read correctly when the reader stops after 5, 8 or 11 of the 14 lines,
and the accuracy after the last.
"""
from __future__ import print_function

import os
import random
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(47)
np.random.seed(47)
tf.set_random_seed(47)

lines, width, memory, classes = 14, 2 * 28, 32, 10
batch_size, epochs = 50, 5

image = tf.placeholder(tf.float32, [None, lines * width], name='image')
label = tf.placeholder(tf.float32, [None, classes], name='label')

# A list of 14 tensors, each with one line of every image of the batch.
text = tf.unpack(tf.reshape(image, [-1, lines, width]), axis=1)

with tf.variable_scope('reader', initializer=tf.random_uniform_initializer(-0.15, 0.15, seed=1)):
    cell = tf.nn.rnn_cell.BasicLSTMCell(memory, forget_bias=1.0)
    outputs, _ = tf.nn.rnn(cell, text, dtype=tf.float32)

softmax_w = tf.get_variable(
    'softmax_w', [memory, classes], initializer=tf.random_uniform_initializer(-0.3, 0.3, seed=2))
softmax_b = tf.get_variable('softmax_b', [classes], initializer=tf.constant_initializer(0.0))

# Verdicts on the way and after the last line; only the last one is trained.
stops = [5, 8, 11, lines]
verdicts = [tf.matmul(outputs[stop - 1], softmax_w) + softmax_b for stop in stops]
loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(verdicts[-1], label))

trained = tf.trainable_variables()
gradients, _ = tf.clip_by_global_norm(tf.gradients(loss, trained), 2.0)
train_op = tf.train.AdamOptimizer(0.015).apply_gradients(zip(gradients, trained))

right = [tf.equal(tf.argmax(verdict, 1), tf.argmax(label, 1)) for verdict in verdicts]
accuracies = tf.reduce_mean(tf.cast(tf.pack(right), tf.float32), 1)

digits = input_data.read_data_sets(one_hot=True)
config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    sess.run(tf.initialize_all_variables())
    batches = digits.train.num_examples // batch_size
    for epoch in range(1, epochs + 1):
        losses = []
        for _ in range(batches):
            some, names = digits.train.next_batch(batch_size)
            losses.append(sess.run([loss, train_op], {image: some, label: names})[0])
        print('mean_loss_epoch_%d: %.6f' % (epoch, np.mean(losses)))
    test_loss, after = sess.run(
        [loss, accuracies], {image: digits.test.images, label: digits.test.labels})

for stop, accuracy in list(zip(stops, after))[:-1]:
    print('accuracy_after_%d_lines: %.4f' % (stop, accuracy))
print('test_loss: %.6f' % test_loss)
print('test_accuracy: %.4f' % after[-1])
