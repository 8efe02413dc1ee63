"""A neural network as an estimator: the model is a function, the rest is done for you.

What it shows: a model function returns an EstimatorSpec for training, evaluating or
predicting; tf.estimator.Estimator builds a graph for each, keeps the variables in a
folder between them and counts the steps. A hook watches the loss on the way.

Written for TensorFlow 1.12.3. The network learns the digits of examples/data.

It prints the loss of the batch at some steps, what evaluate() says of the test digits
after a short and after a longer training, and what predict() says of the first of them.
"""
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

random.seed(2)
np.random.seed(2)

mnist = input_data.read_data_sets()


def model_fn(features, labels, mode, params):
    """Describe the network, and what is asked of it in this mode."""
    net = features['pixels']
    for number, width in enumerate(params['widths']):
        net = tf.layers.dense(net, width, activation=tf.nn.elu, name='dense_%d' % number,
                              kernel_initializer=tf.glorot_normal_initializer(seed=number))
    logits = tf.layers.dense(net, 10, name='logits',
                             kernel_initializer=tf.glorot_normal_initializer(seed=99))
    answer = tf.argmax(logits, axis=1, output_type=tf.int32)
    if mode == tf.estimator.ModeKeys.PREDICT:
        sure = tf.reduce_max(tf.nn.softmax(logits), axis=1)
        return tf.estimator.EstimatorSpec(mode, predictions={'digit': answer, 'sure': sure})

    loss = tf.losses.sparse_softmax_cross_entropy(labels=labels, logits=logits)
    tf.identity(loss, name='watched_loss')
    optimizer = tf.train.AdagradOptimizer(params['rate'])
    train_op = optimizer.minimize(loss, global_step=tf.train.get_global_step())
    metrics = {
        'accuracy': tf.metrics.accuracy(labels, answer),
        'per_class': tf.metrics.mean_per_class_accuracy(labels, answer, num_classes=10),
    }
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op, eval_metric_ops=metrics)


class PrintLoss(tf.train.SessionRunHook):
    """Counts the steps and prints the loss of the batch at those that were named."""

    def __init__(self, steps):
        self.steps = steps
        self.count = 0

    def before_run(self, run_context):
        return tf.train.SessionRunArgs('watched_loss:0')

    def after_run(self, run_context, run_values):
        self.count += 1
        if self.count in self.steps:
            print('batch_loss_step_%d: %.6f' % (self.count, run_values.results))


# The digits are stored in random order already: shuffle=False gives the same batches always.
train_input = tf.estimator.inputs.numpy_input_fn(
    {'pixels': mnist.train.images}, mnist.train.labels.astype(np.int32),
    batch_size=100, num_epochs=None, shuffle=False)
test_input = tf.estimator.inputs.numpy_input_fn(
    {'pixels': mnist.test.images}, mnist.test.labels.astype(np.int32),
    batch_size=250, num_epochs=1, shuffle=False)

folder = tempfile.mkdtemp()
session_config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
run_config = tf.estimator.RunConfig(model_dir=folder, tf_random_seed=2,
                                    session_config=session_config)
estimator = tf.estimator.Estimator(model_fn, config=run_config,
                                   params={'widths': [80, 40], 'rate': 0.08})

hook = PrintLoss([1, 10, 20, 50, 100, 200, 300])
for max_steps in (20, 300):
    estimator.train(train_input, max_steps=max_steps, hooks=[hook])
    result = estimator.evaluate(test_input)
    print('evaluated_steps_%d: %d' % (max_steps, result['global_step']))
    print('test_loss_%d: %.6f' % (max_steps, result['loss']))
    print('test_accuracy_%d: %.4f' % (max_steps, result['accuracy']))
    print('test_per_class_%d: %.4f' % (max_steps, result['per_class']))

answers = list(estimator.predict(test_input))
print('first_true: %s' % ' '.join('%d' % digit for digit in mnist.test.labels[:20]))
print('first_predicted: %s' % ' '.join('%d' % answer['digit'] for answer in answers[:20]))
print('mean_sure: %.6f' % np.mean([answer['sure'] for answer in answers], dtype=np.float64))
print('variables: %s' % ' '.join(sorted(
    name for name in estimator.get_variable_names() if name.endswith('kernel'))))
shutil.rmtree(folder)
