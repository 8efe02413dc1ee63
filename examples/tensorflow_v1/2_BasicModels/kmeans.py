"""K-means: digits sorted into groups by their looks, and the groups named later.

What it shows: the KMeansClustering estimator of tf.contrib.factorization, fed by
an input function. Labels take no part in the clustering: only afterwards is each
group named by the digit most of its members are, so that it can be judged.

Written for TensorFlow 1.12.3. The digits are a part of MNIST, in examples/data.

It prints the score (the sum of the squared distances to the centres) as it falls,
the sizes of the groups, and the accuracy of their names on the test digits. It
takes some 4 s: half is the import of tf.contrib, half are the graphs the estimator
builds and the checkpoints it writes, anew for every call.
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

random.seed(23)
np.random.seed(23)
tf.set_random_seed(23)

GROUPS = 40
digits = input_data.read_data_sets()


def feed(part, epochs=1):
    """Return an input function that gives all the digits of a part at once."""
    return tf.estimator.inputs.numpy_input_fn(
        {'pixels': part.images}, batch_size=part.num_examples, num_epochs=epochs, shuffle=False)


one_thread = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
folder = tempfile.mkdtemp()
kmeans = tf.contrib.factorization.KMeansClustering(
    num_clusters=GROUPS,
    model_dir=folder,
    initial_clusters=tf.contrib.factorization.KMeansClustering.KMEANS_PLUS_PLUS_INIT,
    random_seed=6,
    use_mini_batch=False,
    config=tf.estimator.RunConfig(tf_random_seed=23, session_config=one_thread))

# A training step is one round of moving every centre to the middle of its group.
for more in (1, 4, 15):
    kmeans.train(feed(digits.train, epochs=None), steps=more)
    rounds = kmeans.get_variable_value('global_step')
    print('score_after_%d: %.2f' % (rounds, kmeans.score(feed(digits.train))))

members = np.array(list(kmeans.predict_cluster_index(feed(digits.train))))
table = np.zeros([GROUPS, 10], dtype=np.int64)
np.add.at(table, (members, digits.train.labels), 1)
names = table.argmax(axis=1)
found = np.array(list(kmeans.predict_cluster_index(feed(digits.test))))

sizes = table.sum(axis=1)
ink = kmeans.cluster_centers().mean(axis=1)
print('centres_shape: %d x %d' % kmeans.cluster_centers().shape)
print('group_smallest: %d' % sizes.min())
print('group_largest: %d' % sizes.max())
print('ink_least: %.6f in a group of %d' % (ink.min(), names[ink.argmin()]))
print('ink_most: %.6f in a group of %d' % (ink.max(), names[ink.argmax()]))
print('groups_of_each_digit: %s' % ' '.join('%d' % n for n in np.bincount(names, minlength=10)))
print('train_accuracy: %.4f' % np.mean(names[members] == digits.train.labels))
print('test_accuracy: %.4f' % np.mean(names[found] == digits.test.labels))
shutil.rmtree(folder)
