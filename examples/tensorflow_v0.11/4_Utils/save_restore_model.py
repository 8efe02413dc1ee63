"""Saving and restoring: training stops at noon and goes on after lunch.

What it shows: tf.train.Saver writes all variables to a checkpoint, those of the
optimizer too; a second session reads them instead of initializing, and carries
on as if nothing had happened.

Written for TensorFlow 0.12.1. The digits are the part of MNIST in examples/data.

It prints the loss and the test accuracy before saving, after restoring, where
they must be the same, and at the end; then what the checkpoint holds, and how far the
weights are from those of a training that was never interrupted.
"""
from __future__ import print_function

import os
import shutil
import sys
import tempfile

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

np.random.seed(29)
tf.set_random_seed(29)

digits = input_data.read_data_sets(one_hot=True)
size, noon, evening = 100, 60, 160

image = tf.placeholder(tf.float32, [None, 784], name='image')
label = tf.placeholder(tf.float32, [None, 10], name='label')

w1 = tf.Variable(tf.truncated_normal([784, 64], stddev=0.05, seed=1), name='w1')
b1 = tf.Variable(tf.zeros([64]), name='b1')
w2 = tf.Variable(tf.truncated_normal([64, 10], stddev=0.1, seed=2), name='w2')
b2 = tf.Variable(tf.zeros([10]), name='b2')
steps_done = tf.Variable(0, trainable=False, name='steps_done')

logits = tf.matmul(tf.nn.relu(tf.matmul(image, w1) + b1), w2) + b2
loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits, label))
train = tf.train.MomentumOptimizer(0.05, 0.9).minimize(loss, global_step=steps_done)
right = tf.equal(tf.argmax(logits, 1), tf.argmax(label, 1))
accuracy = tf.reduce_mean(tf.cast(right, tf.float32))
test_feed = {image: digits.test.images, label: digits.test.labels}

saver = tf.train.Saver(tf.all_variables(), max_to_keep=2)
config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)


def train_until(sess, last):
    """Train on; the step alone decides which digits come next."""
    step = sess.run(steps_done)
    while step < last:
        begin = step * size % digits.train.num_examples
        part = slice(begin, begin + size)
        sess.run(train, {image: digits.train.images[part], label: digits.train.labels[part]})
        step = sess.run(steps_done)


def report(sess, moment):
    """Print the step, the loss and the accuracy on the test digits."""
    step, l, a = sess.run([steps_done, loss, accuracy], test_feed)
    print('step_%s: %d' % (moment, step))
    print('loss_%s: %.6f' % (moment, l))
    print('accuracy_%s: %.4f' % (moment, a))


folder = tempfile.mkdtemp()
with tf.Session(config=config) as morning:
    morning.run(tf.initialize_all_variables())
    report(morning, 'at_start')
    train_until(morning, noon // 2)
    saver.save(morning, os.path.join(folder, 'digits'), global_step=steps_done)
    train_until(morning, noon)
    report(morning, 'before_saving')
    saver.save(morning, os.path.join(folder, 'digits'), global_step=steps_done)
    # The morning does not stop, so that there is something to compare with.
    train_until(morning, evening)
    uninterrupted = morning.run(w1)

newest = tf.train.latest_checkpoint(folder)
kept = tf.train.get_checkpoint_state(folder).all_model_checkpoint_paths
reader = tf.train.NewCheckpointReader(newest)

with tf.Session(config=config) as afternoon:
    missing = len(afternoon.run(tf.report_uninitialized_variables()))
    saver.restore(afternoon, newest)
    report(afternoon, 'after_restoring')
    train_until(afternoon, evening)
    report(afternoon, 'at_end')
    resumed = afternoon.run(w1)

print('checkpoints: %s' % ' '.join(os.path.basename(path) for path in kept))
for name, shape in sorted(reader.get_variable_to_shape_map().items()):
    print('holds_%s: %s' % (name.replace('/', '_'), 'x'.join(str(n) for n in shape) or 'scalar'))
print('uninitialized_before_restoring: %d' % missing)
print('difference_to_uninterrupted: %.6f' % np.abs(resumed - uninterrupted).max())
shutil.rmtree(folder)
