"""Dynamic RNN: was the room ever too full? A door counter's records, long and short.

What it shows: tf.nn.dynamic_rnn over sequences of different length in one batch. The
records are padded to the longest, and sequence_length says where each one ends.

Written for TensorFlow 0.12.1. The records are generated below with a seed: 6 to 20
events, each somebody coming in, somebody leaving, or nobody. A record belongs to
class 1 if four or more people were in the room at once at any time. How many are left
at the end does not tell: the network has to keep count, and to remember.

It prints the loss as it falls, the accuracy on 500 records kept aside beside that of
always giving the commoner answer, for short and long records, and by how much the
verdicts change when the padding is overwritten: not at all.
"""
from __future__ import print_function

import random

import numpy as np
import tensorflow as tf

random.seed(83)
np.random.seed(83)
tf.set_random_seed(83)

LONGEST = 20
LEAVES, NOBODY, ENTERS = 0, 1, 2
CROWD = 4


def records(count, rng):
    """Return padded events, lengths and classes of `count` records."""
    events = np.zeros([count, LONGEST], dtype=np.int32)
    lengths = rng.randint(6, LONGEST + 1, size=count).astype(np.int32)
    classes = np.zeros([count], dtype=np.float32)
    for i in range(count):
        inside = 0
        for t in range(lengths[i]):
            # Nobody leaves an empty room.
            event = rng.randint(LEAVES, ENTERS + 1) if inside else rng.randint(NOBODY, ENTERS + 1)
            inside += event - NOBODY
            events[i, t] = event
            if inside >= CROWD:
                classes[i] = 1.0
    return events, lengths, classes


generator = np.random.RandomState(83)
train_events, train_lengths, train_classes = records(2000, generator)
test_events, test_lengths, test_classes = records(500, generator)

event = tf.placeholder(tf.int32, [None, LONGEST])
length = tf.placeholder(tf.int32, [None])
crowded = tf.placeholder(tf.float32, [None])

with tf.variable_scope('counter', initializer=tf.random_uniform_initializer(-0.4, 0.4, seed=1)):
    cell = tf.nn.rnn_cell.GRUCell(16)
    spread = tf.one_hot(event, 3, 1.0, 0.0)
    # The second result is the state after the last real event of each record.
    _, state = tf.nn.dynamic_rnn(cell, spread, sequence_length=length, dtype=tf.float32)
    v = tf.get_variable('v', [16, 1])
    b = tf.get_variable('b', [1], initializer=tf.constant_initializer(0.0))
    score = tf.squeeze(tf.matmul(state, v) + b, [1])

loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(score, crowded))
taken = tf.Variable(0, trainable=False)
rate = tf.train.exponential_decay(0.015, taken, 60, 0.6, staircase=True)
optimize = tf.train.AdamOptimizer(rate).minimize(loss, global_step=taken)
verdict = tf.sigmoid(score)

config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    sess.run(tf.initialize_all_variables())
    kept_aside = {event: test_events, length: test_lengths, crowded: test_classes}
    print('loss_at_0: %.6f' % sess.run(loss, kept_aside))
    for step in range(1, 241):
        chosen = generator.randint(0, len(train_events), size=100)
        sess.run(optimize, {event: train_events[chosen], length: train_lengths[chosen],
                            crowded: train_classes[chosen]})
        if step % 60 == 0:
            print('loss_at_%d: %.6f' % (step, sess.run(loss, kept_aside)))
    verdicts, test_loss = sess.run([verdict, loss], kept_aside)
    padding = np.arange(LONGEST) >= test_lengths[:, np.newaxis]
    kept_aside[event] = np.where(padding, ENTERS, test_events)
    overwritten = sess.run(verdict, kept_aside)

right = (verdicts > 0.5) == (test_classes > 0.5)
is_short = test_lengths <= 12
share = np.mean(test_classes, dtype=np.float64)
print('padded_events: %d' % padding.sum())
print('change_by_padding: %.6f' % np.abs(verdicts - overwritten).max())
print('accuracy_short: %.4f' % np.mean(right[is_short]))
print('accuracy_long: %.4f' % np.mean(right[~is_short]))
print('accuracy_of_commoner_answer: %.4f' % max(share, 1 - share))
print('test_loss: %.6f' % test_loss)
print('test_accuracy: %.4f' % np.mean(right))
