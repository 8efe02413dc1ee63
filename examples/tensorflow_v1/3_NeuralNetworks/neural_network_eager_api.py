"""A neural network with eager execution: no graph, no session, numbers at once.

What it shows: after tf.enable_eager_execution() every operation gives its value when
Python comes to it. The network is a class whose call() can be stepped through, a
dataset is a thing to loop over, and tfe.implicit_value_and_gradients() finds by
itself which variables a loss came from.

Written for TensorFlow 1.12.3. The network learns the digits of examples/data.

It prints the mean loss of each epoch, the accuracies, what a single digit looks like
to the trained network, and how long the gradient is at the start and in the end.
"""
# About 3 s of CPU, most of it for the import of tf.contrib, where tfe lives.
from __future__ import print_function

import os
import random
import sys

import numpy as np
import tensorflow as tf
import tensorflow.contrib.eager as tfe

tf.enable_eager_execution(
    config=tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1))

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(17)
np.random.seed(17)
tf.set_random_seed(17)


class DigitReader(tf.keras.Model):
    """Two hidden layers; calling it with images gives ten logits for each."""

    def __init__(self):
        super(DigitReader, self).__init__()
        self.wide = self.dense(48, tf.nn.relu, seed=1)
        self.narrow = self.dense(24, tf.nn.relu, seed=2)
        self.scores = self.dense(10, None, seed=3)

    @staticmethod
    def dense(units, activation, seed):
        start = tf.keras.initializers.he_normal(seed=seed)
        return tf.keras.layers.Dense(units, activation=activation, kernel_initializer=start)

    def call(self, images):
        return self.scores(self.narrow(self.wide(images)))


reader = DigitReader()


def loss_fn(images, labels):
    return tf.losses.sparse_softmax_cross_entropy(labels=labels, logits=reader(images))


def accuracy_of(part):
    metric = tfe.metrics.Accuracy()
    guesses = tf.argmax(reader(tf.constant(part.images)), axis=1)
    metric(tf.constant(part.labels), guesses)
    return metric.result().numpy()


digits = input_data.read_data_sets()
whole = tf.constant(digits.train.images), tf.constant(digits.train.labels)
batches = tf.data.Dataset.from_tensor_slices(whole).shuffle(2000, seed=4).batch(50)
value_and_gradients = tfe.implicit_value_and_gradients(loss_fn)
optimizer = tf.train.AdamOptimizer(learning_rate=0.003)

start_loss, pairs = value_and_gradients(*whole)
print('loss_start: %.6f' % start_loss.numpy())
print('gradient_start: %.6f' % tf.global_norm([g for g, _ in pairs]).numpy())
print('variables: %d' % len(pairs))

for epoch in range(1, 7):
    mean_loss = tfe.metrics.Mean()
    for images, labels in batches:
        loss, pairs = value_and_gradients(images, labels)
        optimizer.apply_gradients(pairs)
        mean_loss(loss)
    print('loss_epoch_%d: %.6f' % (epoch, mean_loss.result().numpy()))

end_loss, pairs = value_and_gradients(*whole)
print('loss_end: %.6f' % end_loss.numpy())
print('gradient_end: %.6f' % tf.global_norm([g for g, _ in pairs]).numpy())

chances = tf.nn.softmax(reader(tf.constant(digits.test.images[:1]))).numpy()[0]
print('one_digit_true: %d' % digits.test.labels[0])
print('one_digit_guess: %d' % chances.argmax())
print('one_digit_chance: %.6f' % chances.max())
print('train_accuracy: %.4f' % accuracy_of(digits.train))
print('test_accuracy: %.4f' % accuracy_of(digits.test))
