"""Save and restore: a training that is broken off and goes on as if nothing had been.

What it shows: tf.train.Saver writes the variables of a session, the momentum of
the optimizer among them, and the graph into checkpoints, and keeps the newest
few. A new graph is made from the .meta file, its variables are restored, and
training continues. A third graph takes only the hidden layer over.

Written for TensorFlow 1.12.3. Digits: 2,000 to train, 500 to test.

It prints the loss of each epoch, which checkpoints were kept and what the last
of them holds, the accuracy before saving and after restoring, whether the
continued training ends with exactly the weights of one that was never broken
off, and how far an output layer gets on top of the hidden layer taken over.
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

digits = input_data.read_data_sets(one_hot=False)
test = {'images:0': digits.test.images, 'labels:0': digits.test.labels}
config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
folder = tempfile.mkdtemp()


def build(output_seed, trained=None):
    """Fill the default graph with a named network; only variables in scope trained are trained."""
    images = tf.placeholder(tf.float32, [None, 784], name='images')
    labels = tf.placeholder(tf.int64, [None], name='labels')
    hidden = tf.layers.dense(images, 48, activation=tf.nn.tanh, name='hidden',
                             kernel_initializer=tf.glorot_uniform_initializer(seed=21))
    scores = tf.layers.dense(hidden, 10, name='output',
                             kernel_initializer=tf.glorot_uniform_initializer(seed=output_seed))
    loss = tf.losses.sparse_softmax_cross_entropy(labels, scores)
    tf.identity(loss, name='loss')
    tf.reduce_mean(tf.to_float(tf.equal(tf.argmax(scores, 1), labels)), name='accuracy')
    tf.train.MomentumOptimizer(0.05, 0.9).minimize(
        loss, global_step=tf.train.get_or_create_global_step(), name='train',
        var_list=tf.trainable_variables(trained))


def train_epoch(sess, epoch):
    """Train once through the digits, in an order that belongs to the epoch."""
    order = np.random.RandomState(epoch).permutation(digits.train.num_examples)
    losses = []
    for rows in np.split(order, 20):
        batch = {'images:0': digits.train.images[rows], 'labels:0': digits.train.labels[rows]}
        losses.append(sess.run(['loss:0', 'train'], batch)[0])
    return np.mean(losses)


# First life: four epochs, a checkpoint after each.
with tf.Graph().as_default(), tf.Session(config=config) as sess:
    build(output_seed=22)
    saver = tf.train.Saver(max_to_keep=2)
    sess.run(tf.global_variables_initializer())
    for epoch in range(1, 5):
        print('loss_epoch_%d: %.6f' % (epoch, train_epoch(sess, epoch)))
        saver.save(sess, os.path.join(folder, 'digits'), global_step=tf.train.get_global_step())
    print('accuracy_saved: %.4f' % sess.run('accuracy:0', test))
    # Unlike the second life, this one simply goes on, unsaved.
    for epoch in range(5, 7):
        train_epoch(sess, epoch)
    unbroken = sess.run(tf.trainable_variables())

state = tf.train.get_checkpoint_state(folder)
last = tf.train.latest_checkpoint(folder)
kept = [os.path.basename(path) for path in state.all_model_checkpoint_paths]
print('checkpoints_kept: %s' % ' '.join(kept))
for name, shape in tf.train.list_variables(last):
    size = 'x'.join('%d' % n for n in shape) or 'scalar'
    print('shape_of_%s: %s' % (name.replace('/', '_'), size))

# Second life: nothing of build() is called, the graph comes from the file.
with tf.Graph().as_default(), tf.Session(config=config) as sess:
    saver = tf.train.import_meta_graph(last + '.meta')
    saver.restore(sess, last)
    print('step_restored: %d' % tf.train.global_step(sess, 'global_step:0'))
    print('accuracy_restored: %.4f' % sess.run('accuracy:0', test))
    for epoch in range(5, 7):
        print('loss_epoch_%d: %.6f' % (epoch, train_epoch(sess, epoch)))
    continued = sess.run(tf.trainable_variables())
    print('accuracy_continued: %.4f' % sess.run('accuracy:0', test))
same = all(np.array_equal(a, b) for a, b in zip(unbroken, continued))
print('continued_equals_unbroken: %s' % same)

# Third life: the hidden layer comes from the checkpoint and stays; the output layer is new.
with tf.Graph().as_default(), tf.Session(config=config) as sess:
    build(output_seed=23, trained='output')
    sess.run(tf.global_variables_initializer())
    print('accuracy_new: %.4f' % sess.run('accuracy:0', test))
    tf.train.Saver(tf.trainable_variables('hidden')).restore(sess, last)
    print('accuracy_hidden_restored: %.4f' % sess.run('accuracy:0', test))
    train_epoch(sess, 1)
    print('accuracy_output_trained: %.4f' % sess.run('accuracy:0', test))
    layer = sess.run('hidden/kernel:0')
stored = tf.train.NewCheckpointReader(last).get_tensor('hidden/kernel')
print('hidden_unchanged: %s' % np.array_equal(layer, stored))

shutil.rmtree(folder)
