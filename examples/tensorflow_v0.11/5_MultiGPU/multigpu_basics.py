"""Two devices: a matrix too big for one is halved, and both halves work.

What it shows: tf.device puts nodes on a device; the upper rows of a matrix are
multiplied on one, the lower on the other, and the halves are joined again. This
finds the largest eigenvalue by power iteration.

There need not be two GPUs: the session is asked for two logical CPU devices, with
device_count={'CPU': 2}. On a machine with GPUs '/gpu:0' and '/gpu:1' would do.

Written for TensorFlow 0.12.1. The matrix is generated below, with a seed.

It prints the devices, which products ran on which, the residual as it falls, and the
eigenvalue found on two devices, on one, and by numpy.
"""
from __future__ import print_function

import numpy as np
import tensorflow as tf

np.random.seed(5)
tf.set_random_seed(5)

side, rounds = 300, 30
devices = ['/cpu:0', '/cpu:1']

# Symmetric, with one large eigenvalue that stands out from the others.
noise = np.random.normal(size=(side, side))
direction = np.random.normal(size=(side, 1))
table = ((noise + noise.T) / 2 + 0.15 * direction.dot(direction.T)).astype(np.float32)
start = (np.ones((side, 1)) / np.sqrt(side)).astype(np.float32)

vector = tf.placeholder(tf.float32, [side, 1], name='vector')
with tf.device(devices[0]):
    whole = tf.constant(table, name='table')
    halves = tf.split(0, len(devices), whole)

products = []
for number, device in enumerate(devices):
    with tf.device(device):
        products.append(tf.matmul(halves[number], vector, name='product_%d' % number))

# The first device collects the halves, scales the vector and measures.
with tf.device(devices[0]):
    moved = tf.concat(0, products)
    value = tf.reduce_sum(tf.mul(vector, moved), name='value')
    residual = tf.sqrt(tf.reduce_sum(tf.square(tf.sub(moved, value * vector))))
    following = tf.div(moved, tf.sqrt(tf.reduce_sum(tf.square(moved))))
    alone = tf.reduce_sum(tf.mul(vector, tf.matmul(whole, vector, name='product_alone')))

config = tf.ConfigProto(device_count={'CPU': 2}, allow_soft_placement=False,
                        intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
trace = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
record = tf.RunMetadata()
with tf.Session(config=config) as sess:
    current = start
    for step in range(rounds):
        miss, current = sess.run([residual, following], {vector: current})
        if step in (5, 8, 10, 12):
            print('residual_at_%d: %.4f' % (step, miss))
    found, miss, single = sess.run([value, residual, alone], {vector: current},
                                   options=trace, run_metadata=record)

# The trace of the last run tells where each node was computed.
for stats in sorted(record.step_stats.dev_stats, key=lambda stats: stats.device):
    names = sorted(set(node.node_name for node in stats.node_stats
                       if node.node_name.startswith('product_')))
    print('ran_on_%s: %s' % (stats.device.split('/')[-1].replace(':', '_'), ' '.join(names)))

print('devices: %d' % len(record.step_stats.dev_stats))
print('residual_small: %s' % (miss < 0.01))
print('eigenvalue_on_two: %.4f' % found)
print('eigenvalue_on_one: %.4f' % single)
print('eigenvalue_exact: %.4f' % np.linalg.eigvalsh(table.astype(np.float64))[-1])
