"""Random forest: many small trees of yes-or-no questions about pixels.

What it shows: the estimator of tf.contrib.tensor_forest. Trees grow while
digits pass by: a leaf that has seen enough of them splits at the best of a few
random questions, so further epochs make larger trees.

Written for TensorFlow 1.12.3. The digits are a part of MNIST, in examples/data.

It prints loss and accuracy on the test digits as the forest grows, the accuracy
on each digit, and how much the trees disagree where the forest is right or wrong.
It takes some 7 s: a third is the import of tf.contrib, the rest the graphs of every
tree, which each call of the estimator builds anew.
"""
from __future__ import print_function

import os
import random
import shutil
import sys
import tempfile

import numpy as np
import tensorflow as tf
from tensorflow.contrib.tensor_forest.client.random_forest import CoreTensorForestEstimator
from tensorflow.contrib.tensor_forest.python.tensor_forest import ForestHParams

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(29)
np.random.seed(29)
tf.set_random_seed(29)

digits = input_data.read_data_sets()
numpy_input_fn = tf.estimator.inputs.numpy_input_fn
test = {'x': {'pixels': digits.test.images}, 'batch_size': 500, 'shuffle': False}

one_thread = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
folder = tempfile.mkdtemp()
forest = CoreTensorForestEstimator(
    ForestHParams(num_classes=10, num_features=784, num_trees=12, max_nodes=400,
                  split_after_samples=25, base_random_seed=3),
    model_dir=folder,
    config=tf.estimator.RunConfig(tf_random_seed=29, session_config=one_thread))

for epochs in (1, 2, 5):
    forest.train(numpy_input_fn({'pixels': digits.train.images}, digits.train.labels,
                                batch_size=500, num_epochs=epochs, shuffle=False))
    # The estimator takes the shares of the trees for logits: this loss cannot come below 1.46.
    result = forest.evaluate(numpy_input_fn(y=digits.test.labels, **test))
    print('loss_at_%d: %.6f' % (result['global_step'], result['loss']))
    print('accuracy_at_%d: %.4f' % (result['global_step'], result['accuracy']))

answers = list(forest.predict(numpy_input_fn(num_epochs=1, **test)))
shares = np.array([answer['logits'] for answer in answers])
variance = np.array([answer['prediction_variance'] for answer in answers]).sum(axis=1)
said = shares.argmax(axis=1)
right = said == digits.test.labels

for digit in range(10):
    print('accuracy_of_%d: %.4f' % (digit, right[digits.test.labels == digit].mean()))
for name, chosen in (('right', right), ('wrong', ~right)):
    print('share_when_%s: %.6f' % (name, shares.max(axis=1)[chosen].mean()))
    print('variance_when_%s: %.6f' % (name, variance[chosen].mean()))
print('test_accuracy: %.4f' % right.mean())
shutil.rmtree(folder)
