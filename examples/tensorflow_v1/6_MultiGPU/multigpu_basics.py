"""Several devices: the same sum, halved and done in two places.

What it shows: tf.device says where an operation runs, and the session carries
what one device needs from another across by itself. There need be no GPU:
device_count={'CPU': 2} makes two logical CPU devices of the one processor, which
stand here for two GPUs. (They gain no time. On GPUs, only the names change.)

Written for TensorFlow 1.12.3. Nothing here draws random numbers.

The work is the covariance of the pixels of 2,000 digits: each device takes half
of the digits, the first adds up. It prints the devices, what was placed on each
and how many tensors cross over, then the largest variances along an axis (the
eigenvalues) and whether one device alone comes to the same.
"""
from __future__ import print_function

import os
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

DEVICES = ['/cpu:0', '/cpu:1']
pixels = input_data.read_data_sets().train.images


def sums(rows):
    """Return the sum of the rows, and of their products, pixel by pixel."""
    return tf.reduce_sum(rows, axis=0), tf.matmul(rows, rows, transpose_a=True)


def covariance(total, products):
    """Return the covariance that follows from both sums."""
    mean = tf.expand_dims(total / len(pixels), 0)
    return products / len(pixels) - tf.matmul(mean, mean, transpose_a=True)


rows = tf.placeholder(tf.float32, [len(pixels), 784], name='rows')

# In two places ...
with tf.device(DEVICES[0]):
    halves = tf.split(rows, len(DEVICES))
parts = []
for number, device in enumerate(DEVICES):
    with tf.device(device), tf.name_scope('half_%d' % number):
        parts.append(sums(halves[number]))
with tf.device(DEVICES[0]), tf.name_scope('together'):
    totals, products = zip(*parts)
    by_two = covariance(tf.add_n(totals), tf.add_n(products))

# ... and in one.
with tf.device(DEVICES[1]), tf.name_scope('alone'):
    by_one = covariance(*sums(rows))
    eigenvalues = tf.self_adjoint_eigvals(by_two)

config = tf.ConfigProto(device_count={'CPU': len(DEVICES)}, allow_soft_placement=False,
                        intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    known = sorted(d.name.split('device:')[1] for d in sess.list_devices()
                   if d.device_type == 'CPU')
    # The session cuts the graph into one part for each device; ask to see them.
    options, metadata = tf.RunOptions(output_partition_graphs=True), tf.RunMetadata()
    two = sess.run(by_two, {rows: pixels}, options=options, run_metadata=metadata)
    one, variances = sess.run([by_one, eigenvalues], {rows: pixels})

print('devices: %s' % ' '.join(known))
for graph in sorted(metadata.partition_graphs, key=lambda graph: graph.node[0].device):
    name = graph.node[0].device.split('device:')[1].replace(':', '')
    for op in ('MatMul', 'AddN', '_Send', '_Recv'):
        found = sum(node.op == op for node in graph.node)
        print('%s_%s: %d' % (name, op.strip('_').lower(), found))

variances = np.sort(variances)[::-1]
for place in range(5):
    print('variance_%d: %.4f' % (place + 1, variances[place]))
print('variance_all: %.4f' % np.trace(two))
print('share_of_first_50: %.4f' % (variances[:50].sum() / np.trace(two)))
print('covariance_largest: %.6f' % two.max())
print('same_on_one_device: %s' % np.allclose(two, one, rtol=0.0, atol=1e-5))
print('same_as_numpy: %s' % np.allclose(two, np.cov(pixels.T, bias=True), rtol=0.0, atol=1e-5))
