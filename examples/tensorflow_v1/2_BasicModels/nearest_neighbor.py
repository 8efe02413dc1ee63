"""Nearest neighbours: a digit is what the most similar remembered digits are.

What it shows: a model without training. One graph finds, for a batch of digits,
the closest of those it remembers (a product of matrices gives all distances,
tf.nn.top_k the smallest) and lets them vote. Placeholders hold the memory and how
many may vote, so both can change from run to run.

Written for TensorFlow 1.12.3. The digits are a part of MNIST, in examples/data.

It prints the accuracy on the test digits as the memory grows and for several
numbers of voters, and the first digits that are mistaken.
"""
from __future__ import print_function

import os
import random
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(19)
np.random.seed(19)
tf.set_random_seed(19)

digits = input_data.read_data_sets()
memory, names = digits.train.images, digits.train.labels

known = tf.placeholder(tf.float32, [None, 784], name='known')
known_names = tf.placeholder(tf.int64, [None], name='known_names')
asked = tf.placeholder(tf.float32, [None, 784], name='asked')
voters = tf.placeholder_with_default(1, [], name='voters')

# |a - b|^2 = |a|^2 - 2 a.b + |b|^2: a row for each digit asked, a column for each known.
distance = (tf.reduce_sum(tf.square(asked), axis=1, keepdims=True)
            - 2.0 * tf.matmul(asked, known, transpose_b=True)
            + tf.reduce_sum(tf.square(known), axis=1))
closeness, position = tf.nn.top_k(-distance, k=voters)
votes = tf.reduce_sum(tf.one_hot(tf.gather(known_names, position), depth=10), axis=1)
# Where votes are equal, the closest neighbour decides if its digit is one of them, else the
# smaller digit.
closest = tf.one_hot(tf.gather(known_names, position[:, 0]), depth=10)
answer = tf.argmax(votes + 0.5 * closest, axis=1)
gap = tf.sqrt(tf.maximum(-closeness[:, 0], 0.0))

config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
sess = tf.Session(config=config)


def ask(size, k):
    """Return the answers for the test digits and how far their nearest neighbours are."""
    return sess.run([answer, gap], feed_dict={
        known: memory[:size], known_names: names[:size], asked: digits.test.images, voters: k})


for size in (50, 200, 800, 2000):
    said, gaps = ask(size, 1)
    print('accuracy_of_memory_%d: %.4f' % (size, np.mean(said == digits.test.labels)))
    print('mean_gap_of_memory_%d: %.4f' % (size, np.mean(gaps)))

wrong = np.flatnonzero(said != digits.test.labels)
for place in wrong[:5]:
    print('mistaken_%d: a %d for a %d' % (place, digits.test.labels[place], said[place]))
print('mistaken: %d of %d' % (len(wrong), len(said)))

for k in (3, 5, 15):
    said, _ = ask(2000, k)
    print('accuracy_of_%d_voters: %.4f' % (k, np.mean(said == digits.test.labels)))
sess.close()
