"""A convolutional network for digits, as an estimator.

What it shows: a model function builds the network from tf.layers and says what to
do with it when training, evaluating and predicting; tf.estimator.Estimator takes
care of sessions and checkpoints; tf.data feeds the digits; a hook watches the loss.

Written for TensorFlow 1.12.3, with the digits of input_data.

It prints the loss of a few training batches, then loss and accuracy on the test
digits, and the accuracy on those of which the network is most and least certain.
"""
# Convolutions over 6,000 digits, and three graphs that the estimator builds: 3 to 4 s of CPU.
from __future__ import print_function

import os
import random
import shutil
import sys
import tempfile

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

SEED = 61
random.seed(SEED)
np.random.seed(SEED)
tf.set_random_seed(SEED)
tf.logging.set_verbosity(tf.logging.ERROR)

digits = input_data.read_data_sets()
BATCH, STEPS = 50, 120


class LossLine(tf.train.SessionRunHook):
    """Prints the loss of the given training steps."""

    def __init__(self, loss, steps):
        self.loss, self.steps, self.step = loss, steps, 0

    def before_run(self, run_context):
        self.step += 1
        return tf.train.SessionRunArgs(self.loss)

    def after_run(self, run_context, run_values):
        if self.step in self.steps:
            print('loss_batch_%d: %.6f' % (self.step, run_values.results))


def network(features, training):
    """Return the logits of a batch of digits."""
    picture = tf.reshape(features['pixels'], [-1, 28, 28, 1])
    with tf.variable_scope('network', initializer=tf.glorot_uniform_initializer(seed=SEED)):
        net = tf.layers.conv2d(picture, filters=8, kernel_size=5, strides=2,
                               activation=tf.nn.relu)
        net = tf.layers.conv2d(net, filters=24, kernel_size=3, activation=tf.nn.relu)
        net = tf.layers.max_pooling2d(net, pool_size=2, strides=2)
        net = tf.layers.dropout(tf.layers.flatten(net), rate=0.3, seed=SEED, training=training)
        return tf.layers.dense(net, units=10)


def model_fn(features, labels, mode, params):
    logits = network(features, training=mode == tf.estimator.ModeKeys.TRAIN)
    chosen = tf.argmax(logits, axis=1)
    if mode == tf.estimator.ModeKeys.PREDICT:
        certainty = tf.reduce_max(tf.nn.softmax(logits), axis=1)
        return tf.estimator.EstimatorSpec(
            mode, predictions={'digit': chosen, 'certainty': certainty})

    loss = tf.losses.sparse_softmax_cross_entropy(labels=labels, logits=logits)
    if mode == tf.estimator.ModeKeys.EVAL:
        return tf.estimator.EstimatorSpec(
            mode, loss=loss, eval_metric_ops={'accuracy': tf.metrics.accuracy(labels, chosen)})

    optimizer = tf.train.AdamOptimizer(params['rate'])
    train_op = optimizer.minimize(loss, global_step=tf.train.get_global_step())
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op,
                                      training_hooks=[LossLine(loss, params['report'])])


def train_input():
    data = tf.data.Dataset.from_tensor_slices(
        ({'pixels': digits.train.images}, digits.train.labels))
    return data.shuffle(2000, seed=SEED).repeat().batch(BATCH)


def test_input():
    data = tf.data.Dataset.from_tensor_slices(
        ({'pixels': digits.test.images}, digits.test.labels))
    return data.batch(250)


one_thread = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
folder = tempfile.mkdtemp()
reader = tf.estimator.Estimator(
    model_fn, model_dir=folder,
    config=tf.estimator.RunConfig(tf_random_seed=SEED, session_config=one_thread),
    params={'rate': 0.005, 'report': [1, 10, 30, 60, STEPS]})

reader.train(train_input, steps=STEPS)
judged = reader.evaluate(test_input)
print('steps: %d' % judged['global_step'])
print('test_loss: %.6f' % judged['loss'])
print('test_accuracy: %.4f' % judged['accuracy'])

answers = list(reader.predict(test_input))
right = np.array([answer['digit'] for answer in answers]) == digits.test.labels
order = np.argsort([answer['certainty'] for answer in answers], kind='mergesort')
print('test_accuracy_least_certain_100: %.4f' % right[order[:100]].mean())
print('test_accuracy_most_certain_100: %.4f' % right[order[-100:]].mean())
shutil.rmtree(folder)
