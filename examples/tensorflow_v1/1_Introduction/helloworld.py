"""Hello, world: one graph, run for several people.

What it shows: a placeholder is a hole in the graph that is filled when a session
runs it, so a graph that is built once greets whoever it is fed.

Written for TensorFlow 1.12.3. Nothing here draws random numbers.

For each name it prints the greeting, its length in bytes, and the bucket its
fingerprint falls into; then the lengths of all of them, fed as one vector.
"""
from __future__ import print_function

import tensorflow as tf

name = tf.placeholder(tf.string, name='name')
greeting = tf.strings.join(['Hello, ', name, '!'], name='greeting')
length = tf.strings.length(greeting)
bucket = tf.strings.to_hash_bucket_fast(greeting, num_buckets=1000003)

guests = ['world', 'Ada', 'TensorFlow']

config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    for i, guest in enumerate(guests):
        text, n, b = sess.run([greeting, length, bucket], feed_dict={name: guest})
        print('greeting_%d: %s' % (i, text.decode('ascii')))
        print('length_%d: %d' % (i, n))
        print('bucket_%d: %d' % (i, b))
    # The placeholder was given no shape: a vector of names will do as well.
    lengths = sess.run(length, feed_dict={name: guests})

print('lengths: %s' % ' '.join('%d' % n for n in lengths))
print('lengths_sum: %d' % lengths.sum())
