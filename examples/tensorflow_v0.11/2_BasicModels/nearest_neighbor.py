"""Nearest neighbour: a digit is what the most similar known image says it is.

What it shows: a "model" without training. All distances between the new images
and the known ones come from one matrix product; the smallest gives the answer,
or the three smallest vote.

Written for TensorFlow 0.12.1. The digits are the part of MNIST in examples/data;
nothing here draws random numbers.

It prints the accuracy on the test digits for more and more known images, then
that of the vote, the mean distance to the nearest image and the first errors.
"""
from __future__ import print_function

import os
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

digits = input_data.read_data_sets(one_hot=True)

# In 16 steps of grey every squared distance is a whole number below 2**24, and so exact
# in float32: the order of the sums does not matter, and equal distances are really equal.
known_images = np.rint(digits.train.images * 15).astype(np.float32)
known_labels = digits.train.labels
new_images = np.rint(digits.test.images * 15).astype(np.float32)
new_digits = digits.test.labels.argmax(axis=1)

known = tf.placeholder(tf.float32, [None, 784], name='known')
labels = tf.placeholder(tf.float32, [None, 10], name='labels')
new = tf.placeholder(tf.float32, [None, 784], name='new')

# |n - k|^2 = |n|^2 + |k|^2 - 2 n.k, a row for every new image, a column for every known one.
new_square = tf.reduce_sum(tf.square(new), reduction_indices=1, keep_dims=True)
known_square = tf.transpose(tf.reduce_sum(tf.square(known), reduction_indices=1, keep_dims=True))
product = tf.matmul(new, known, transpose_b=True)
squared = tf.sub(tf.add(new_square, known_square), tf.mul(2.0, product))

# One neighbour: the label of the column with the smallest distance.
closest = tf.argmin(squared, 1)
answer = tf.argmax(tf.gather(labels, closest), 1)
distance = tf.sqrt(tf.reduce_min(squared, reduction_indices=1)) / 15.0

# Three neighbours: the nearest vote, and the first of them decides when all differ.
_, order = tf.nn.top_k(tf.neg(squared), k=3)
ballots = [tf.gather(labels, column) for column in tf.unpack(tf.transpose(order))]
votes = tf.add_n([tf.mul(1.5, ballots[0]), ballots[1], ballots[2]])
elected = tf.argmax(votes, 1)

config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    for size in (20, 100, 500, 2000):
        feed = {known: known_images[:size], labels: known_labels[:size], new: new_images}
        read, voted, far = sess.run([answer, elected, distance], feed_dict=feed)
        print('accuracy_knowing_%d: %.4f' % (size, np.mean(read == new_digits)))
        print('distance_knowing_%d: %.4f' % (size, np.mean(far)))

wrong = np.flatnonzero(read != new_digits)
for place, index in enumerate(wrong[:3], 1):
    print('error_%d: image %d is a %d, nearest is a %d'
          % (place, index, new_digits[index], read[index]))
print('errors: %d' % len(wrong))
print('test_accuracy: %.4f' % np.mean(read == new_digits))
print('test_accuracy_of_3: %.4f' % np.mean(voted == new_digits))
