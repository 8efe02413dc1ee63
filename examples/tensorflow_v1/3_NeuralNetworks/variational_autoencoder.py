"""Variational autoencoder: squeezes digits into a few uncertain numbers, and invents new ones.

What it shows: the encoder gives a mean and a variance for each number of the code; a
draw from them that a gradient can pass (mean + deviation * noise) goes to the decoder.
The loss is what the decoder got wrong plus how far the codes are from a standard
normal distribution, so that decoding normal noise gives new digits.

Written for TensorFlow 1.12.3. The digits are those of examples/data.

It prints both parts of the loss on the test digits as they change, how much each number
of the code tells, whether digits with similar codes are the same digit, and how the
pixels of restored and of invented digits compare with real ones.
"""
from __future__ import print_function

import os
import random
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(77)
np.random.seed(77)
tf.set_random_seed(77)

digits = input_data.read_data_sets()
CODE, WIDTH = 6, 128
STEPS, BATCH = 600, 50


def weights(seed):
    return tf.glorot_uniform_initializer(seed=seed)


with tf.name_scope('encoder'):
    images = tf.placeholder(tf.float32, shape=[None, 784], name='images')
    seen = tf.layers.dense(images, WIDTH, tf.nn.softplus, kernel_initializer=weights(1))
    mean = tf.layers.dense(seen, CODE, kernel_initializer=weights(2))
    log_variance = tf.layers.dense(seen, CODE, kernel_initializer=weights(3))

with tf.name_scope('draw'):
    noise = tf.random_normal(tf.shape(mean), seed=4)
    code = mean + tf.exp(0.5 * log_variance) * noise

with tf.name_scope('decoder'):
    grown = tf.layers.dense(code, WIDTH, tf.nn.softplus, kernel_initializer=weights(5))
    logits = tf.layers.dense(grown, 784, kernel_initializer=weights(6))
    restored = tf.nn.sigmoid(logits)

with tf.name_scope('loss'):
    # Both in nats for one image, the distance for each number of the code by itself.
    misses = tf.nn.sigmoid_cross_entropy_with_logits(labels=images, logits=logits)
    restoring = tf.reduce_mean(tf.reduce_sum(misses, axis=1))
    distances = 0.5 * (tf.square(mean) + tf.exp(log_variance) - 1.0 - log_variance)
    told = tf.reduce_mean(distances, axis=0)
    divergence = tf.reduce_sum(told)
    bound = restoring + divergence

train_op = tf.train.RMSPropOptimizer(learning_rate=0.002).minimize(bound)

config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    sess.run(tf.global_variables_initializer())
    unseen = {images: digits.test.images}
    for step in range(STEPS + 1):
        if step in (0, 50, 150, 300, STEPS):
            parts = sess.run([bound, restoring, divergence], unseen)
            print('loss_step_%d: %.6f' % (step, parts[0]))
            print('restoring_step_%d: %.6f' % (step, parts[1]))
            print('divergence_step_%d: %.6f' % (step, parts[2]))
        if step < STEPS:
            sess.run(train_op, {images: digits.train.next_batch(BATCH)[0]})
    nats = sess.run(told, unseen)
    # A code may be fed as well as computed: the mean for the best picture, noise for new ones.
    train_codes = sess.run(mean, {images: digits.train.images})
    test_codes = sess.run(mean, unseen)
    copies = sess.run(restored, {code: test_codes})
    inventions = sess.run(restored, {code: np.random.normal(size=(500, CODE))})

for i, amount in enumerate(nats):
    print('nats_of_code_%d: %.6f' % (i, amount))

# The closest of the training codes says which digit a test code stands for.
apart = ((test_codes[:, None, :] - train_codes[None, :, :]) ** 2).sum(axis=2)
guesses = digits.train.labels[apart.argmin(axis=1)]
print('code_accuracy: %.4f' % (guesses == digits.test.labels).mean())

print('restored_error: %.6f' % ((copies - digits.test.images) ** 2).mean(dtype=np.float64))
average = digits.train.images.mean(axis=0)
print('average_error: %.6f' % ((average - digits.test.images) ** 2).mean(dtype=np.float64))
for name, pictures in [('real', digits.test.images), ('restored', copies),
                       ('invented', inventions)]:
    print('%s_pixel_mean: %.6f' % (name, pictures.mean(dtype=np.float64)))
    print('%s_pixel_spread: %.6f' % (name, pictures.std(dtype=np.float64)))
    print('%s_variety: %.6f' % (name, pictures.std(axis=0).mean(dtype=np.float64)))
