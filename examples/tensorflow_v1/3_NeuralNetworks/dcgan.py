"""A small DCGAN: digits of 14 x 14 pixels, drawn by transposed convolutions.

What it shows: the generator unfolds a vector of noise into ever larger feature maps, the
discriminator folds images back with strided convolutions. Batch normalization
behaves differently in training, and the updates of its averages have to be asked for.
A tf.data pipeline delivers the real images.

Written for TensorFlow 1.12.3. The digits are those of examples/data, shrunk to half
their width and height so that a few hundred steps are enough. It still takes about five
seconds: convolutions, forwards and backwards, on one core.

It prints the losses of both networks on the way; then mean and spread of real and of
generated pixels, how like the mean generated image is to the mean real one, and which
share of its verdicts the discriminator has right.
"""
from __future__ import print_function

import os
import random
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(63)
np.random.seed(63)
tf.set_random_seed(63)

LATENT, BATCH, STEPS = 16, 40, 300
CONV = dict(kernel_size=4, strides=2, padding='same')


def shrink(images):
    """Average each square of four pixels, and let them range from -1 to 1."""
    return images.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4))[..., np.newaxis] * 2 - 1


def init(seed):
    return tf.truncated_normal_initializer(stddev=0.1, seed=seed)


def generator(z, training):
    with tf.variable_scope('generator', reuse=tf.AUTO_REUSE):
        h = tf.layers.dense(z, 7 * 7 * 16, kernel_initializer=init(1), name='unfold')
        h = tf.reshape(h, [-1, 7, 7, 16])
        h = tf.nn.relu(tf.layers.batch_normalization(h, momentum=0.9, training=training, name='bn'))
        h = tf.layers.conv2d_transpose(h, 16, kernel_initializer=init(2), name='grow', **CONV)
        h = tf.nn.relu(h)
        h = tf.layers.conv2d(h, 1, 3, padding='same', kernel_initializer=init(3), name='paint')
        return tf.tanh(h)


def discriminator(images):
    with tf.variable_scope('discriminator', reuse=tf.AUTO_REUSE):
        h = tf.layers.conv2d(images, 16, kernel_initializer=init(4), name='fold_1', **CONV)
        h = tf.nn.leaky_relu(h, alpha=0.2)
        h = tf.layers.conv2d(h, 32, kernel_initializer=init(5), name='fold_2', **CONV)
        h = tf.layers.flatten(tf.nn.leaky_relu(h, alpha=0.2))
        return tf.layers.dense(h, 1, kernel_initializer=init(6), name='verdict')


mnist = input_data.read_data_sets()
train_images, test_images = shrink(mnist.train.images), shrink(mnist.test.images)

pipeline = tf.data.Dataset.from_tensor_slices(train_images)
pipeline = pipeline.shuffle(2000, seed=9).repeat().batch(BATCH)
real = pipeline.make_one_shot_iterator().get_next()

z = tf.random_uniform([BATCH, LATENT], -1.0, 1.0, seed=10)
real_verdict = discriminator(real)
fake_verdict = discriminator(generator(z, training=True))

d_loss = (tf.losses.sigmoid_cross_entropy(tf.ones_like(real_verdict), real_verdict)
          + tf.losses.sigmoid_cross_entropy(tf.zeros_like(fake_verdict), fake_verdict))
g_loss = tf.losses.sigmoid_cross_entropy(tf.ones_like(fake_verdict), fake_verdict)

d_train = tf.train.AdamOptimizer(0.001, beta1=0.5).minimize(
    d_loss, var_list=tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, 'discriminator'))
with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS, 'generator')):
    g_train = tf.train.AdamOptimizer(0.002, beta1=0.5).minimize(
        g_loss, var_list=tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, 'generator'))

# What is drawn and judged afterwards: the averages of the training stand in for a batch's own.
any_z = tf.placeholder(tf.float32, [None, LATENT])
any_images = tf.placeholder(tf.float32, [None, 14, 14, 1])
drawn, verdict = generator(any_z, training=False), discriminator(any_images)

config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    sess.run(tf.global_variables_initializer())
    vectors = np.random.uniform(-1.0, 1.0, size=(500, LATENT))
    blank = sess.run(drawn, {any_z: vectors})
    for step in range(1, STEPS + 1):
        d_value = sess.run([d_loss, d_train])[0]
        g_value = sess.run([g_loss, g_train])[0]
        if step in (1, 20, 50, 100, 200, STEPS):
            print('d_loss_%d: %.6f' % (step, d_value))
            print('g_loss_%d: %.6f' % (step, g_value))
    fakes = sess.run(drawn, {any_z: vectors})
    on_fakes, on_real = [sess.run(verdict, {any_images: some}) for some in (fakes, test_images)]

likeness = [np.corrcoef(test_images.mean(0).ravel(), some.mean(0).ravel())[0, 1]
            for some in (blank, fakes)]
for name, some in (('real', test_images), ('untrained', blank), ('generated', fakes)):
    print('%s_mean: %.6f' % (name, some.mean(dtype=np.float64)))
    print('%s_spread: %.6f' % (name, some.std(dtype=np.float64)))
print('likeness_untrained: %.6f' % likeness[0])
print('likeness_generated: %.6f' % likeness[1])
print('discriminator_right_on_real: %.4f' % (on_real > 0).mean())
print('discriminator_right_on_generated: %.4f' % (on_fakes < 0).mean())
