"""Hello, world: a sentence that is put together inside a TensorFlow graph.

What it shows: calling an operation only adds a node to the graph; a session has
to run that node before it has a value. Strings are tensors like any other.

Written for TensorFlow 0.12.1. Nothing here draws random numbers.

It prints the kind of node the sentence is before it has been run, then the
sentence, the number of its bytes, their sum and their mean.
"""
from __future__ import print_function

import tensorflow as tf

words = tf.constant(['Hello', 'from', 'a', 'TensorFlow', 'graph'])
sentence = tf.reduce_join(words, reduction_indices=[0], separator=' ')

# A string is a row of bytes: look at them as numbers, and count with them.
codes = tf.to_int32(tf.decode_raw(sentence, tf.uint8))
count = tf.size(codes)
total = tf.reduce_sum(codes)
mean = tf.div(tf.to_float(total), tf.to_float(count))

# So far there is only a graph, and nothing to print but the nodes.
print('node: %s' % sentence.op.type)

config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    text, n, s, m = sess.run([sentence, count, total, mean])

print('sentence: %s' % text.decode('ascii'))
print('bytes: %d' % n)
print('byte_sum: %d' % s)
print('byte_mean: %.6f' % m)
