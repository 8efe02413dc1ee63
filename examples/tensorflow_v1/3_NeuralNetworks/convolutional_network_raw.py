"""A convolutional network for digits from single operations.

What it shows: everything that a layer would hide. Filters, weights and biases are
variables that the script makes; tf.nn.conv2d slides the filters over the picture,
tf.nn.max_pool halves it, matrix products and tf.nn.dropout make the rest.

Written for TensorFlow 1.12.3, with the digits of input_data.

It prints the shapes on the way, the loss on the test digits as it falls, the
accuracy at the end, and which two digits are taken for each other most often.
"""
# Two convolutions over 4,000 digits, forwards and back, on one core: 3 to 4 s of CPU.
from __future__ import print_function

import os
import random
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(67)
np.random.seed(67)
tf.set_random_seed(67)

digits = input_data.read_data_sets(one_hot=True)
batch_size, batches = 40, 100

pixels = tf.placeholder(tf.float32, [None, 784], name='pixels')
labels = tf.placeholder(tf.float32, [None, 10], name='labels')
keep = tf.placeholder_with_default(1.0, [], name='keep')

# Rows, columns, channels in, channels out: and for the last two, numbers in, numbers out.
shapes = [('strokes', [5, 5, 1, 6]), ('corners', [3, 3, 6, 16]),
          ('gather', [7 * 7 * 16, 48]), ('answer', [48, 10])]
weights, biases = {}, {}
for number, (name, shape) in enumerate(shapes):
    spread = np.sqrt(2.0 / np.prod(shape[:-1]))
    weights[name] = tf.Variable(tf.truncated_normal(shape, stddev=spread, seed=number),
                                name=name + '_weights')
    biases[name] = tf.Variable(tf.zeros(shape[-1:]), name=name + '_biases')


def convolve(picture, name):
    """Filter, bend and halve a picture."""
    seen = tf.nn.conv2d(picture, weights[name], strides=[1, 1, 1, 1], padding='SAME')
    seen = tf.nn.relu(tf.nn.bias_add(seen, biases[name]))
    return tf.nn.max_pool(seen, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding='SAME')


strokes = convolve(tf.reshape(pixels, [-1, 28, 28, 1]), 'strokes')
corners = convolve(strokes, 'corners')
flat = tf.reshape(corners, [-1, 7 * 7 * 16])
gathered = tf.nn.relu(tf.nn.xw_plus_b(flat, weights['gather'], biases['gather']))
gathered = tf.nn.dropout(gathered, keep_prob=keep, seed=9)
scores = tf.nn.xw_plus_b(gathered, weights['answer'], biases['answer'])

loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=scores))
step = tf.Variable(0, trainable=False, name='step')
train = tf.train.MomentumOptimizer(0.03, 0.9).minimize(loss, global_step=step)

chosen, truth = tf.argmax(scores, 1), tf.argmax(labels, 1)
accuracy = tf.reduce_mean(tf.cast(tf.equal(chosen, truth), tf.float32))
confusion = tf.confusion_matrix(truth, chosen, num_classes=10)

test = {pixels: digits.test.images, labels: digits.test.labels}
for name, tensor in [('strokes', strokes), ('corners', corners), ('flat', flat)]:
    print('shape_%s: %s' % (name, ' x '.join(str(n) for n in tensor.shape.as_list()[1:])))

session = tf.Session(config=tf.ConfigProto(intra_op_parallelism_threads=1,
                                           inter_op_parallelism_threads=1))
session.run(tf.global_variables_initializer())
for number in range(batches + 1):
    if number in (0, 10, 25, 50, batches):
        print('test_loss_batch_%d: %.6f' % (number, session.run(loss, feed_dict=test)))
    if number < batches:
        some_pixels, some_labels = digits.train.next_batch(batch_size)
        session.run(train, feed_dict={pixels: some_pixels, labels: some_labels, keep: 0.8})
steps, reached, table = session.run([step, accuracy, confusion], feed_dict=test)
session.close()

mixed = np.triu(table + table.T, k=1)
one, other = np.unravel_index(mixed.argmax(), mixed.shape)
print('steps: %d' % steps)
print('test_accuracy: %.4f' % reached)
print('most_confused: %d and %d' % (one, other))
print('most_confused_times: %d' % mixed[one, other])
