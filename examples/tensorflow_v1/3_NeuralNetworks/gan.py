"""A generative adversarial network: a forger and a detective, both fully connected.

What it shows: two networks in one graph, each with a loss and an optimizer of its own
that changes only its own variables. The detective tells real digits from forged ones;
the forger turns noise into images and learns from nothing but the detective's doubts.

Written for TensorFlow 1.12.3. The real digits are those of examples/data.

It prints both losses at some steps; then, instead of pictures, mean and spread of the
pixels (real, forged before and after the training), how far a forged digit is from
the closest real one, how much the forged ones differ from each other, and how often the
detective is right, also about real digits that it has never seen.
"""
# 600 rounds in which both networks are trained, on one core: about 3 s of CPU.
from __future__ import print_function

import os
import random
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(40)
np.random.seed(40)
tf.set_random_seed(40)

mnist = input_data.read_data_sets()
NOISE, HIDDEN, PIXELS = 20, 96, 784
ROUNDS, BATCH = 600, 50


def layer(values, name, inputs, outputs, seed):
    """Multiply by a matrix and add a bias; a second call finds the same variables again."""
    start = tf.random_normal_initializer(stddev=(2.0 / inputs) ** 0.5, seed=seed)
    matrix = tf.get_variable(name + '_matrix', [inputs, outputs], initializer=start)
    bias = tf.get_variable(name + '_bias', [outputs], initializer=tf.zeros_initializer())
    return tf.matmul(values, matrix) + bias


def forge(noise):
    with tf.variable_scope('forger'):
        hidden = tf.nn.relu(layer(noise, 'first', NOISE, HIDDEN, seed=1))
        return tf.sigmoid(layer(hidden, 'second', HIDDEN, PIXELS, seed=2))


def inspect(images, reuse):
    """Return a number above zero for what looks real."""
    with tf.variable_scope('detective', reuse=reuse):
        hidden = tf.nn.leaky_relu(layer(images, 'first', PIXELS, HIDDEN, seed=3))
        return layer(hidden, 'second', HIDDEN, 1, seed=4)


def mean_loss(truth, scores):
    labels = tf.fill(tf.shape(scores), truth)
    return tf.reduce_mean(
        tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=scores))


noise = tf.placeholder(tf.float32, [None, NOISE])
real = tf.placeholder(tf.float32, [None, PIXELS])
forged = forge(noise)
real_score, forged_score = inspect(real, reuse=False), inspect(forged, reuse=True)

# Real digits count as 0.9 only, which keeps the detective from being too sure of itself.
detective_loss = mean_loss(0.9, real_score) + mean_loss(0.0, forged_score)
forger_loss = mean_loss(1.0, forged_score)
train_detective = tf.train.AdamOptimizer(0.0005, beta1=0.5).minimize(
    detective_loss, var_list=tf.trainable_variables('detective'))
train_forger = tf.train.AdamOptimizer(0.001, beta1=0.5).minimize(
    forger_loss, var_list=tf.trainable_variables('forger'))


def describe(name, images):
    """Print what a picture of the images would show."""
    print('pixel_mean_%s: %.6f' % (name, images.mean(dtype=np.float64)))
    print('pixel_spread_%s: %.6f' % (name, images.std(dtype=np.float64)))
    middle = images.reshape(-1, 28, 28)[:, 7:21, 7:21]
    print('ink_in_middle_%s: %.6f' % (name, middle.sum() / images.sum()))
    # Squared distances of all pairs, from the products of all pairs.
    lengths = (mnist.train.images ** 2).sum(1)
    squares = (images ** 2).sum(1)[:, None] - 2.0 * images.dot(mnist.train.images.T) + lengths
    print('closest_real_%s: %.4f' % (name, np.sqrt(squares.min(1)).mean()))
    print('variety_%s: %.4f' % (name, images.std(axis=0).mean()))


config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    sess.run(tf.global_variables_initializer())
    same_noise = np.random.normal(size=(500, NOISE))
    untrained = sess.run(forged, {noise: same_noise})
    for number in range(1, ROUNDS + 1):
        batch = {real: mnist.train.next_batch(BATCH)[0],
                 noise: np.random.normal(size=(BATCH, NOISE))}
        _, d_loss = sess.run([train_detective, detective_loss], batch)
        _, f_loss = sess.run([train_forger, forger_loss],
                             {noise: np.random.normal(size=(BATCH, NOISE))})
        if number in (1, 10, 50, 100, 200, 400, ROUNDS):
            print('detective_loss_%d: %.6f' % (number, d_loss))
            print('forger_loss_%d: %.6f' % (number, f_loss))
    trained, on_forged = sess.run([forged, forged_score], {noise: same_noise})
    on_seen = sess.run(real_score, {real: mnist.train.images})
    on_unseen = sess.run(real_score, {real: mnist.test.images})

describe('real', mnist.test.images)
describe('untrained', untrained)
describe('trained', trained)
print('right_on_forged: %.4f' % (on_forged < 0).mean())
print('right_on_seen_digits: %.4f' % (on_seen > 0).mean())
print('right_on_unseen_digits: %.4f' % (on_unseen > 0).mean())
