"""Gradient boosted trees: does the ice on the pond bear a skater today?

What it shows: tf.estimator.BoostedTreesClassifier, which adds one small tree
after the other, each correcting what those before it got wrong. Feature columns
cut every measurement into buckets, input functions hand over the table, and a
hook reads the loss while the trees grow.

Written for TensorFlow 1.12.3. The days are drawn below; a rule that no straight
line follows decides whether the ice bears, and about 3 days of 100 are noted wrongly.

It prints the loss on the training days as it falls, then loss and accuracy on
days kept aside, beside always giving the more frequent answer, and how much of
the work each measurement did.
"""
from __future__ import print_function

import random
import shutil
import tempfile

import numpy as np
import tensorflow as tf

tf.logging.set_verbosity(tf.logging.ERROR)
random.seed(31)
np.random.seed(31)
tf.set_random_seed(31)

TRAIN, TEST = 1200, 400
TREES, DEPTH = 20, 3

# Nights of frost in a row, snow on the ice in centimetres, wind in metres a second, and the
# moon in days since it was new, which has nothing to do with it.
days = {
    'frost': np.random.randint(0, 15, size=TRAIN + TEST).astype(np.float32),
    'snow': np.random.uniform(0.0, 12.0, size=TRAIN + TEST).astype(np.float32),
    'wind': np.random.uniform(0.0, 10.0, size=TRAIN + TEST).astype(np.float32),
    'moon': np.random.randint(0, 29, size=TRAIN + TEST).astype(np.float32),
}
# It takes wind three nights more to freeze over, and under snow ice grows half as fast.
growth = days['frost'] - np.where(days['wind'] > 6.0, 3.0, 0.0)
growth = np.where(days['snow'] > 7.0, growth / 2.0, growth)
bears = growth >= 4.0
bears = np.logical_xor(bears, np.random.uniform(size=len(bears)) < 0.03).astype(np.float32)


def table(rows):
    """Return an input function that gives all these days at once."""
    some = {name: column[rows] for name, column in days.items()}
    return tf.estimator.inputs.numpy_input_fn(
        some, bears[rows], batch_size=len(bears[rows]), num_epochs=None, shuffle=False)


class PrintLoss(tf.train.SessionRunHook):
    """Prints the training loss before the first layer of some trees is grown."""

    def begin(self):
        self.layers = 0

    def before_run(self, run_context):
        return tf.train.SessionRunArgs(run_context.session.graph.get_collection('losses')[0])

    def after_run(self, run_context, run_values):
        trees, layer = divmod(self.layers, DEPTH)
        if layer == 0 and trees in (0, 1, 4, 10, 18):
            print('loss_after_%d_trees: %.6f' % (trees, run_values.results))
        self.layers += 1


edges = {'frost': range(1, 15), 'snow': range(1, 12), 'wind': range(1, 10),
         'moon': range(2, 29, 2)}
columns = [
    tf.feature_column.bucketized_column(tf.feature_column.numeric_column(name),
                                        [float(edge) for edge in edges[name]])
    for name in sorted(edges)]
one_thread = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
folder = tempfile.mkdtemp()
skater = tf.estimator.BoostedTreesClassifier(
    columns, n_batches_per_layer=1, n_trees=TREES, max_depth=DEPTH, learning_rate=0.2,
    l2_regularization=1.0 / TRAIN, model_dir=folder,
    config=tf.estimator.RunConfig(tf_random_seed=31, session_config=one_thread))

skater.train(table(slice(0, TRAIN)), hooks=[PrintLoss()], max_steps=TREES * DEPTH)
judged = skater.evaluate(table(slice(TRAIN, None)), steps=1)

print('trees: %d' % (judged['global_step'] // DEPTH))
print('test_loss: %.6f' % judged['average_loss'])
print('test_accuracy: %.4f' % judged['accuracy'])
print('test_accuracy_of_the_frequent_answer: %.4f' % judged['accuracy_baseline'])
print('test_area_under_curve: %.4f' % judged['auc'])
for name, share in zip(*skater.experimental_feature_importances(normalize=True)):
    print('work_of_%s: %.6f' % (name.replace('_bucketized', ''), share))
shutil.rmtree(folder)
