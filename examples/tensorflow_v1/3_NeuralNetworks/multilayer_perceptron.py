"""Multilayer perceptron: handwritten digits, with dropout and a small weight penalty.

What it shows: tf.layers makes a layer and its variables in one line. A placeholder
with a default tells the dropout layer whether it is training. Penalties collect
themselves in the graph and tf.losses adds them up.

Written for TensorFlow 1.12.3. The digits are those of examples/data.

It prints the cross entropy on the test digits after some of the epochs, how much of the
loss is penalty, then what share of each digit was recognised and which two were mixed up most.
"""
from __future__ import print_function

import os
import random
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(31)
np.random.seed(31)
tf.set_random_seed(31)

data = input_data.read_data_sets()  # labels are numbers from 0 to 9
epochs, batch_size = 12, 50
batches = data.train.num_examples // batch_size

x = tf.placeholder(tf.float32, shape=[None, 784], name='x')
y = tf.placeholder(tf.int64, shape=[None], name='y')
training = tf.placeholder_with_default(False, shape=[], name='training')


def perceptron(inputs):
    """Return ten scores for each row of inputs."""
    net = inputs
    for depth, units in enumerate([100, 50]):
        net = tf.layers.dense(
            net, units, activation=tf.nn.relu, name='hidden_%d' % depth,
            kernel_initializer=tf.variance_scaling_initializer(scale=2.0, seed=depth),
            kernel_regularizer=lambda w: 1e-4 * tf.nn.l2_loss(w))
        net = tf.layers.dropout(net, rate=0.2, seed=10 + depth, training=training)
    return tf.layers.dense(net, 10, name='scores',
                           kernel_initializer=tf.glorot_uniform_initializer(seed=7))


scores = perceptron(x)
cross_entropy = tf.losses.sparse_softmax_cross_entropy(labels=y, logits=scores)
penalty = tf.losses.get_regularization_loss()
total = tf.losses.get_total_loss()
table = tf.confusion_matrix(y, tf.argmax(scores, axis=1), num_classes=10)

optimizer = tf.train.MomentumOptimizer(learning_rate=0.05, momentum=0.9, use_nesterov=True)
train_op = optimizer.minimize(total)

config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    sess.run(tf.global_variables_initializer())
    test = {x: data.test.images, y: data.test.labels}
    print('test_loss_epoch_0: %.6f' % sess.run(cross_entropy, test))
    for epoch in range(1, epochs + 1):
        for _ in range(batches):
            images, labels = data.train.next_batch(batch_size)
            sess.run(train_op, {x: images, y: labels, training: True})
        if epoch in (1, 2, 5, epochs):
            print('test_loss_epoch_%d: %.6f' % (epoch, sess.run(cross_entropy, test)))
    train = {x: data.train.images, y: data.train.labels}
    train_loss, train_table, weights = sess.run([cross_entropy, table, penalty], train)
    counts = sess.run(table, test)

print('train_loss: %.6f' % train_loss)
print('penalty: %.6f' % weights)
for digit in range(10):
    print('recognised_%d: %.4f' % (digit, counts[digit, digit] / float(counts[digit].sum())))
mixed = counts + counts.T - 2 * np.diag(np.diag(counts))
one, other = divmod(int(mixed.argmax()), 10)
print('most_mixed_up: %d and %d, %d times' % (one, other, mixed[one, other]))
print('train_accuracy: %.4f' % (np.trace(train_table) / float(train_table.sum())))
print('test_accuracy: %.4f' % (np.trace(counts) / float(counts.sum())))
