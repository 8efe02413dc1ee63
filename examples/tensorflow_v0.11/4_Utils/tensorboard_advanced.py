"""TensorBoard, more of it: histograms, pictures, and two runs side by side.

What it shows: histogram summaries of weights, activations and gradients, image
summaries of what a class looks for, and one writer each for training and test,
so that their curves lie on top of each other. At the end the event files are
read back with tf.train.summary_iterator.

Written for TensorFlow 0.12.1. The digits are the part of MNIST in examples/data.

It prints, as the plots would show it: both runs' loss and accuracy, the ends and
the spread of each histogram, the size of the pictures, and the last test accuracy.
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

np.random.seed(31)
tf.set_random_seed(31)
STEPS = 240
mnist = input_data.read_data_sets(one_hot=True)

x = tf.placeholder(tf.float32, [None, 784], name='x')
y = tf.placeholder(tf.float32, [None, 10], name='y')


def layer(inputs, width_in, width_out, name, seed):
    """Return a linear layer whose weights have a histogram."""
    with tf.name_scope(name):
        spread = 1.0 / np.sqrt(width_in)
        kernel = tf.Variable(tf.random_normal([width_in, width_out], stddev=spread, seed=seed))
        bias = tf.Variable(tf.zeros([width_out]))
        tf.histogram_summary(name + '_weights', kernel)
        return tf.nn.xw_plus_b(inputs, kernel, bias), kernel


raw, _ = layer(x, 784, 48, 'first', 1)
active = tf.nn.relu(raw)
tf.histogram_summary('active', active)
logits, last_kernel = layer(active, 48, 10, 'second', 2)

# What each of four digits looks for: how its score changes with every pixel.
wishes = [tf.gradients(logits[:, digit], x)[0] for digit in range(4)]
pictures = tf.pack([tf.reshape(tf.reduce_mean(w, 0), [28, 28, 1]) for w in wishes])
image_node = tf.image_summary('looks_for', pictures, max_images=4, collections=['pictures'])

loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits, y))
accuracy = tf.reduce_mean(tf.to_float(tf.equal(tf.argmax(logits, 1), tf.argmax(y, 1))))
optimizer = tf.train.RMSPropOptimizer(0.003)
slopes = optimizer.compute_gradients(loss)
for slope, variable in slopes:
    if variable is last_kernel:
        tf.histogram_summary('second_gradient', slope)
train = optimizer.apply_gradients(slopes)

scalars = tf.merge_summary([tf.scalar_summary('loss', loss),
                            tf.scalar_summary('accuracy', accuracy)])
everything = tf.merge_all_summaries()

logs = tempfile.mkdtemp()
feeds = {'train': {x: mnist.train.images, y: mnist.train.labels},
         'test': {x: mnist.test.images, y: mnist.test.labels}}
config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    sess.run(tf.initialize_all_variables())
    train_log = tf.train.SummaryWriter(os.path.join(logs, 'train'), sess.graph)
    test_log = tf.train.SummaryWriter(os.path.join(logs, 'test'))
    for step in range(STEPS + 1):
        if step % 20 == 0:
            train_log.add_summary(sess.run(everything, feeds['train']), step)
            test_log.add_summary(sess.run(scalars, feeds['test']), step)
        if step < STEPS:
            images, labels = mnist.train.next_batch(100)
            sess.run(train, {x: images, y: labels})
    test_log.add_summary(sess.run(image_node, feeds['test']), STEPS)
    train_log.close()
    test_log.close()


def events(run):
    """Yield the step and the value of everything that a run has logged, in its order."""
    folder = os.path.join(logs, run)
    for name in sorted(os.listdir(folder)):
        for event in tf.train.summary_iterator(os.path.join(folder, name)):
            for value in event.summary.value:
                yield event.step, value


last = {}
for run in ('train', 'test'):
    for step, value in events(run):
        if value.HasField('histo'):
            histogram = value.histo
            mean = histogram.sum / histogram.num
            spread = np.sqrt(histogram.sum_squares / histogram.num - mean ** 2)
            if step == 0:
                print('%s_values: %d' % (value.tag, histogram.num))
            if step in (0, STEPS):
                print('%s_ends_at_%d: %.6f %.6f'
                      % (value.tag, step, histogram.min, histogram.max))
                print('%s_spread_at_%d: %.6f' % (value.tag, step, spread))
        elif value.HasField('image'):
            tag = value.tag.replace('/', '_')
            print('%s: %dx%d' % (tag, value.image.width, value.image.height))
        else:
            last[run, value.tag] = value.simple_value
            if step in (0, 40, 120, STEPS):
                print('%s_%s_at_%d: %.6f' % (run, value.tag, step, value.simple_value))
shutil.rmtree(logs)
print('gap_of_loss: %.6f' % (last['test', 'loss'] - last['train', 'loss']))
print('test_accuracy: %.4f' % last['test', 'accuracy'])
