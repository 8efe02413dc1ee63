"""Bidirectional RNN: one cell reads a digit from the top, another from the bottom.

What it shows: tf.nn.bidirectional_rnn with two LSTM cells over the rows of an
image, cut apart by tf.split; what both remember at the end is joined by tf.concat.
Images are thinned to 14 by 14 first.

Written for TensorFlow 0.12.1. Uses the 2,000 training and 500 test digits of
examples/data.

It prints the loss on the test digits as it falls and their accuracy, and then what
either direction is worth: the accuracy when the other one's memory is set to zero.
"""
from __future__ import print_function

import os
import random
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(61)
np.random.seed(61)
tf.set_random_seed(61)

units = 20
steps = 250


def uniform(seed):
    return tf.random_uniform_initializer(-0.3, 0.3, seed=seed)


picture = tf.placeholder(tf.float32, [None, 28, 28])
target = tf.placeholder(tf.int64, [None])
ears = tf.placeholder_with_default([1.0, 1.0], [2])

square = [1, 2, 2, 1]
thinned = tf.squeeze(tf.nn.max_pool(tf.expand_dims(picture, 3), square, square, 'VALID'), [3])

# [batch, row, column] -> [row, batch, column] -> 14 pieces of [batch, column]
by_row = tf.reshape(tf.transpose(thinned, [1, 0, 2]), [-1, 14])
pieces = tf.split(0, 14, by_row)

# Unrolled both ways these are 28 cells. The script takes more than 3 seconds, and about half
# of the time goes into building the graph of them and of their gradients.
down = tf.nn.rnn_cell.LSTMCell(units, initializer=uniform(1), state_is_tuple=True)
up = tf.nn.rnn_cell.LSTMCell(units, initializer=uniform(2), state_is_tuple=True)
outputs, end_down, end_up = tf.nn.bidirectional_rnn(down, up, pieces, dtype=tf.float32)

heard_down, heard_up = tf.split(0, 2, ears)
memory = tf.concat(1, [tf.mul(end_down.h, heard_down), tf.mul(end_up.h, heard_up)])

weights = tf.get_variable('weights', [2 * units, 10], initializer=uniform(3))
biases = tf.get_variable('biases', [10], initializer=tf.zeros_initializer)
logits = tf.nn.xw_plus_b(memory, weights, biases)
loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(logits, target))
learn = tf.train.AdamOptimizer(0.02).minimize(loss)
accuracy = tf.reduce_mean(tf.to_float(tf.equal(tf.argmax(logits, 1), target)))

data = input_data.read_data_sets()
exam = {picture: data.test.images.reshape(-1, 28, 28), target: data.test.labels}

one_thread = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
sess = tf.InteractiveSession(config=one_thread)
tf.initialize_all_variables().run()

print('loss_at_0: %.6f' % loss.eval(exam))
for step in range(1, steps + 1):
    images, labels = data.train.next_batch(50)
    learn.run({picture: images.reshape(-1, 28, 28), target: labels})
    if step % 50 == 0:
        print('loss_at_%d: %.6f' % (step, loss.eval(exam)))

print('joined_outputs: %d of width %d' % (len(outputs), outputs[0].get_shape()[1].value))
for name, heard in [('downwards_only', [1, 0]), ('upwards_only', [0, 1])]:
    exam[ears] = heard
    print('accuracy_%s: %.4f' % (name, accuracy.eval(exam)))
exam[ears] = [1, 1]
print('test_loss: %.6f' % loss.eval(exam))
print('test_accuracy: %.4f' % accuracy.eval(exam))
sess.close()
