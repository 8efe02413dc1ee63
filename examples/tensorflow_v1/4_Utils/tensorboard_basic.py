"""TensorBoard, the basics: two curves of a training, written and read again.

What it shows: tf.summary.scalar marks a number to be kept, merge_all gathers
the marked ones, and a FileWriter appends them, with the graph, to an event
file, the one TensorBoard draws from. Here the script itself is the reader:
tf.train.summary_iterator walks through the same file.

Written for TensorFlow 1.12.3. A softmax regression on the digits.

It prints the kinds of events the file holds, some scopes of the graph, the
points of both curves that a plot would have shown, and the accuracy on the test digits.
"""
from __future__ import print_function

import glob
import os
import shutil
import sys
import tempfile

import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

tf.set_random_seed(5)
mnist = input_data.read_data_sets(one_hot=True)
steps, batch_size = 200, 100

with tf.name_scope('input'):
    pixels = tf.placeholder(tf.float32, [None, 784], name='pixels')
    truth = tf.placeholder(tf.float32, [None, 10], name='truth')
with tf.name_scope('model'):
    weights = tf.Variable(tf.zeros([784, 10]), name='weights')
    bias = tf.Variable(tf.zeros([10]), name='bias')
    logits = tf.nn.xw_plus_b(pixels, weights, bias)
with tf.name_scope('cost'):
    cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=truth, logits=logits))
with tf.name_scope('hits'):
    right = tf.equal(tf.argmax(logits, 1), tf.argmax(truth, 1))
    hits = tf.reduce_mean(tf.cast(right, tf.float32))
with tf.name_scope('descent'):
    descend = tf.train.GradientDescentOptimizer(0.3).minimize(cost)

tf.summary.scalar('cost_of_batch', cost)
tf.summary.scalar('hits_of_batch', hits)
summaries = tf.summary.merge_all()

log_folder = tempfile.mkdtemp()
threads = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=threads) as sess:
    writer = tf.summary.FileWriter(log_folder, graph=sess.graph)
    sess.run(tf.global_variables_initializer())
    for step in range(steps):
        images, labels = mnist.train.next_batch(batch_size)
        line, _ = sess.run([summaries, descend], {pixels: images, truth: labels})
        writer.add_summary(line, global_step=step)
    writer.close()
    test_hits = sess.run(hits, {pixels: mnist.test.images, truth: mnist.test.labels})

# From here on only the file speaks.
event_file, = glob.glob(os.path.join(log_folder, 'events.out.tfevents.*'))
kinds, curves, nodes = {}, {}, []
for event in tf.train.summary_iterator(event_file):
    kind = event.WhichOneof('what')
    kinds[kind] = kinds.get(kind, 0) + 1
    if kind == 'graph_def':
        nodes = [node.name for node in tf.GraphDef.FromString(event.graph_def).node]
    elif kind == 'summary':
        for value in event.summary.value:
            curves.setdefault(value.tag, {})[event.step] = value.simple_value
shutil.rmtree(log_folder)

for kind in sorted(kinds):
    print('events_%s: %d' % (kind, kinds[kind]))
for scope in ('input', 'model', 'cost', 'hits', 'descent'):
    print('scope_%s_in_graph: %s' % (scope, any(n.startswith(scope + '/') for n in nodes)))
for tag in sorted(curves):
    curve = curves[tag]
    print('%s_points: %d' % (tag, len(curve)))
    for step in (0, 5, 25, 100, steps - 1):
        print('%s_at_%d: %.6f' % (tag, step, curve[step]))
    # Single batches jump about; the mean of the last twenty is what the eye would follow.
    print('%s_last_twenty: %.6f' % (tag, sum(curve[s] for s in range(steps - 20, steps)) / 20))
print('test_accuracy: %.4f' % test_hits)
