"""An autoencoder: digits squeezed through 24 numbers and unfolded again.

What it shows: an encoder and a decoder of dense layers, trained to give back the
image that went in; the labels are never used to train. What comes out of the narrow
middle is a description of the digit.

Written for TensorFlow 1.12.3, with the digits of input_data.

It prints the loss on the training digits as it falls, the error on test digits
beside that of always answering with the mean image, the error for every kind of
digit, and how often the nearest training digit, compared by the 24 numbers alone,
has the right label.
"""
from __future__ import print_function

import os
import random
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(53)
np.random.seed(53)
tf.set_random_seed(53)

digits = input_data.read_data_sets()
PIXELS, HIDDEN, CODE = 784, 96, 24
EPOCHS, BATCH = 20, 50


def layer(incoming, units, activation, name):
    return tf.layers.dense(incoming, units, activation=activation, name=name,
                           kernel_initializer=tf.glorot_uniform_initializer(seed=len(name)))


image = tf.placeholder(tf.float32, [None, PIXELS], name='image')
with tf.variable_scope('encoder'):
    code = layer(layer(image, HIDDEN, tf.nn.elu, 'wide'), CODE, tf.nn.elu, 'narrow')
with tf.variable_scope('decoder'):
    logits = layer(layer(code, HIDDEN, tf.nn.elu, 'widening'), PIXELS, None, 'picture')
rebuilt = tf.sigmoid(logits)

cross_entropy = tf.nn.sigmoid_cross_entropy_with_logits(labels=image, logits=logits)
loss = tf.reduce_mean(tf.reduce_sum(cross_entropy, axis=1))
error = tf.reduce_mean(tf.squared_difference(image, rebuilt), axis=1)
train_op = tf.train.AdamOptimizer(0.003).minimize(loss)

config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    tf.global_variables_initializer().run()
    print('loss_epoch_0: %.6f' % loss.eval({image: digits.train.images}))
    for epoch in range(1, EPOCHS + 1):
        for _ in range(digits.train.num_examples // BATCH):
            sess.run(train_op, {image: digits.train.next_batch(BATCH)[0]})
        if epoch in (1, 4, 10, EPOCHS):
            print('loss_epoch_%d: %.6f' % (epoch, loss.eval({image: digits.train.images})))
    known = code.eval({image: digits.train.images})
    found, errors = sess.run([code, error], {image: digits.test.images})

mean_image = digits.train.images.mean(axis=0)
print('test_error: %.6f' % errors.mean())
print('test_error_of_mean_image: %.6f' % np.mean(np.square(digits.test.images - mean_image)))
for kind in range(10):
    print('test_error_of_digit_%d: %.6f' % (kind, errors[digits.test.labels == kind].mean()))

# Squared distances between all codes, without the part that is the same for every known one.
distances = np.square(known).sum(axis=1) - 2.0 * found.dot(known.T)
nearest = digits.train.labels[distances.argmin(axis=1)]
print('test_accuracy_of_nearest_code: %.4f' % np.mean(nearest == digits.test.labels))
