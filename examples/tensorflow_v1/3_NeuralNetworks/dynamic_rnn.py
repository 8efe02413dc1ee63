"""A recurrent network over melodies of different length: does one walk or leap?

What it shows: tf.nn.dynamic_rnn reads a batch padded to the longest melody, and
sequence_length makes it stop at the end of each, so the state that it returns is
the one after the last real note. Both kinds of melody have the same notes: only
the order, which the network has to remember, tells them apart.

Written for TensorFlow 1.12.3. The melodies are drawn below.

It prints the loss as it falls, the accuracy on melodies kept aside, over all and
for short, middle and long ones, and how far the answer moves when other notes are
written into the padding (not at all).
"""
from __future__ import print_function

import random

import numpy as np
import tensorflow as tf

random.seed(47)
np.random.seed(47)
tf.set_random_seed(47)

NOTES, SHORTEST, LONGEST = 8, 5, 18
TRAIN, TEST = 1500, 400
UNITS, BATCH, STEPS = 24, 50, 200


def walk(length):
    """Return a melody that goes to a neighbouring note every time."""
    melody = [np.random.randint(NOTES)]
    while len(melody) < length:
        following = melody[-1] + np.random.choice([-1, 1])
        if 0 <= following < NOTES:
            melody.append(following)
    return np.array(melody)


def leap(length):
    """Return the notes of a walk in an order that leaps at least twice."""
    melody = walk(length)
    while np.sum(np.abs(np.diff(melody)) > 1) < 2:
        melody = np.random.permutation(walk(length))
    return melody


def compose(count):
    """Return padded melodies, their lengths, and 1 for those that walk."""
    notes = np.zeros([count, LONGEST], dtype=np.int32)
    lengths = np.random.randint(SHORTEST, LONGEST + 1, size=count).astype(np.int32)
    walks = np.random.randint(2, size=count).astype(np.float32)
    for row in range(count):
        kind = walk if walks[row] else leap
        notes[row, :lengths[row]] = kind(lengths[row])
    return notes, lengths, walks


train, test = compose(TRAIN), compose(TEST)

melodies = tf.placeholder(tf.int32, [None, LONGEST], name='melodies')
lengths = tf.placeholder(tf.int32, [None], name='lengths')
walking = tf.placeholder(tf.float32, [None], name='walking')

cell = tf.nn.rnn_cell.GRUCell(UNITS, kernel_initializer=tf.orthogonal_initializer(seed=4))
_, state = tf.nn.dynamic_rnn(cell, tf.one_hot(melodies, NOTES), sequence_length=lengths,
                             dtype=tf.float32)
logit = tf.squeeze(tf.layers.dense(state, 1, kernel_initializer=tf.glorot_uniform_initializer(
    seed=5)), axis=1)
loss = tf.losses.sigmoid_cross_entropy(walking, logit)
right = tf.to_float(tf.equal(logit > 0.0, walking > 0.5))

optimizer = tf.train.AdamOptimizer(0.02)
slopes, variables = zip(*optimizer.compute_gradients(loss))
slopes, _ = tf.clip_by_global_norm(slopes, 1.0)
train_op = optimizer.apply_gradients(zip(slopes, variables))


def fed(data, rows=slice(None)):
    return dict(zip([melodies, lengths, walking], [part[rows] for part in data]))


config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    sess.run(tf.global_variables_initializer())
    print('loss_step_0: %.6f' % sess.run(loss, fed(train)))
    for step in range(1, STEPS + 1):
        sess.run(train_op, fed(train, np.random.choice(TRAIN, BATCH, replace=False)))
        if step in (25, 50, 100, STEPS):
            print('loss_step_%d: %.6f' % (step, sess.run(loss, fed(train))))
    test_loss, hits, answers = sess.run([loss, right, logit], fed(test))
    # Notes beyond the end of each melody must not matter.
    filled = np.where(np.arange(LONGEST) < test[1][:, None], test[0], NOTES - 1)
    moved = sess.run(logit, fed((filled,) + test[1:])) - answers

print('test_loss: %.6f' % test_loss)
print('test_accuracy: %.4f' % hits.mean())
for name, low, high in [('short', 5, 9), ('middle', 10, 14), ('long', 15, 18)]:
    chosen = (test[1] >= low) & (test[1] <= high)
    print('test_accuracy_%s: %.4f' % (name, hits[chosen].mean()))
print('test_share_walking: %.4f' % test[2].mean())
print('moved_by_padding: %.6f' % np.abs(moved).max())
