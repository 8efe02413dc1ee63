"""TensorBoard, the basics: two curves and a graph, and what is in the file.

What it shows: scalar summaries are nodes like any other; a SummaryWriter puts
what they yield, and the graph with its name scopes, into an event file. Here
tf.train.summary_iterator reads that file in the place of TensorBoard.

Written for TensorFlow 0.12.1. The data are generated: points inside a ring, or
outside it, which two layers learn to tell apart.

It prints the curves of loss and accuracy as the file has them, the boxes that
the graph page would draw, and the accuracy on points kept aside.
"""
from __future__ import print_function

import glob
import os
import shutil
import tempfile

import numpy as np
import tensorflow as tf

np.random.seed(8)
tf.set_random_seed(8)

STEPS = 300
points = np.random.uniform(-1.0, 1.0, size=(500, 2)).astype(np.float32)
radius = np.sqrt((points ** 2).sum(axis=1))
in_ring = ((radius > 0.4) & (radius < 0.85)).astype(np.float32).reshape(-1, 1)

with tf.name_scope('data'):
    point = tf.placeholder(tf.float32, [None, 2], name='point')
    target = tf.placeholder(tf.float32, [None, 1], name='target')

with tf.name_scope('hidden'):
    inward = tf.Variable(tf.random_normal([2, 16], stddev=2.0, seed=1), name='inward')
    shift = tf.Variable(tf.random_uniform([16], -1.0, 1.0, seed=2), name='shift')
    bumps = tf.tanh(tf.matmul(point, inward) + shift)

with tf.name_scope('answer'):
    outward = tf.Variable(tf.random_normal([16, 1], stddev=0.2, seed=3), name='outward')
    level = tf.Variable(tf.zeros([1]), name='level')
    score = tf.matmul(bumps, outward) + level

with tf.name_scope('judge'):
    loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(score, target))
    hits = tf.equal(tf.greater(score, 0.0), tf.greater(target, 0.5))
    accuracy = tf.reduce_mean(tf.to_float(hits))

with tf.name_scope('train'):
    train = tf.train.AdamOptimizer(0.05).minimize(loss)

tf.scalar_summary('loss', loss)
tf.scalar_summary('accuracy', accuracy)
curves = tf.merge_all_summaries()

log = tempfile.mkdtemp()
learn = {point: points[:400], target: in_ring[:400]}
kept = {point: points[400:], target: in_ring[400:]}
config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    sess.run(tf.initialize_all_variables())
    writer = tf.train.SummaryWriter(log, sess.graph)
    for step in range(STEPS + 1):
        if step % 10 == 0:
            writer.add_summary(sess.run(curves, feed_dict=learn), step)
        if step < STEPS:
            sess.run(train, feed_dict=learn)
    writer.close()
    kept_loss, kept_accuracy = sess.run([loss, accuracy], feed_dict=kept)

# From here on only the file counts.
event_file, = glob.glob(os.path.join(log, '*tfevents*'))
seen = {}
graph = tf.GraphDef()
for event in tf.train.summary_iterator(event_file):
    if event.HasField('graph_def'):
        graph.ParseFromString(event.graph_def)
    for value in event.summary.value:
        seen.setdefault(value.tag, []).append((event.step, value.simple_value))
shutil.rmtree(log)

for tag in sorted(seen):
    print('points_on_%s: %d' % (tag, len(seen[tag])))
    for step, height in seen[tag]:
        if step in (0, 10, 50, 100, 200, STEPS):
            print('%s_at_%d: %.6f' % (tag, step, height))
scopes = set(node.name.split('/')[0] for node in graph.node if '/' in node.name)
for scope in ('data', 'hidden', 'answer', 'judge', 'train'):
    print('box_%s: %s' % (scope, scope in scopes))
print('placeholders: %s' % ' '.join(
    sorted(node.name for node in graph.node if node.op == 'Placeholder')))
print('kept_loss: %.6f' % kept_loss)
print('kept_accuracy: %.4f' % kept_accuracy)
