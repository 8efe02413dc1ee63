"""A convolutional network on two devices that averages the gradients of both.

What it shows: data parallelism. Each device holds a tower, a copy of the network
that shares its variables with the other by variable_scope and AUTO_REUSE, and
works on its half of a batch; the gradients of both towers are averaged and
applied once. The devices are two logical CPU devices, made by device_count, in
place of two GPUs: the point is the structure, there is no gain in time.

Written for TensorFlow 1.12.3. Digits: 2,000 to train, 500 to test.

It prints where variables and towers were placed, whether the averaged gradient
is that of the whole batch on one device, the loss as it falls, and the accuracy
on the test digits.
"""
from __future__ import print_function

import os
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

TOWERS = 2
BATCH = 100  # of which each tower gets half
EPOCHS = 4


def convnet(images):
    """Return the ten scores of each image; called again, it uses the same variables."""
    start = tf.glorot_uniform_initializer
    with tf.variable_scope('convnet', reuse=tf.AUTO_REUSE):
        x = tf.reshape(images, [-1, 28, 28, 1])
        x = tf.layers.conv2d(x, 8, 5, strides=2, padding='same', activation=tf.nn.relu,
                             name='conv_a', kernel_initializer=start(seed=1))
        x = tf.layers.conv2d(x, 16, 5, activation=tf.nn.relu, name='conv_b',
                             kernel_initializer=start(seed=2))
        x = tf.layers.max_pooling2d(x, 2, 2)
        x = tf.layers.flatten(x)
        return tf.layers.dense(x, 10, name='scores', kernel_initializer=start(seed=3))


def loss_of(images, labels):
    """Return the mean cross entropy of the network's scores."""
    entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=convnet(images))
    return tf.reduce_mean(entropy)


def placed_on(device):
    """Return a device function: variables on the first device, all else on the given one."""
    def choose(op):
        return '/cpu:0' if op.type in ('Variable', 'VariableV2', 'VarHandleOp') else device
    return choose


def averaged(towers):
    """Return one list of (gradient, variable), its gradients the means over the towers."""
    pairs = []
    for same in zip(*towers):
        gradients, variables = zip(*same)
        pairs.append((tf.add_n(gradients) / len(gradients), variables[0]))
    return pairs


with tf.device('/cpu:0'):
    images = tf.placeholder(tf.float32, [None, 784])
    labels = tf.placeholder(tf.int64, [None])
    optimizer = tf.train.AdamOptimizer(0.004)
    shares = list(zip(tf.split(images, TOWERS), tf.split(labels, TOWERS)))

losses, gradients = [], []
for number, share in enumerate(shares):
    with tf.device(placed_on('/cpu:%d' % number)), tf.name_scope('tower_%d' % number):
        losses.append(loss_of(*share))
        gradients.append(optimizer.compute_gradients(losses[-1]))

with tf.device('/cpu:0'):
    mean_loss = tf.add_n(losses) / TOWERS
    mean_gradients = averaged(gradients)
    train_op = optimizer.apply_gradients(mean_gradients)
    # To compare with: the whole batch in one go. Also the network to test with.
    whole = tf.gradients(loss_of(images, labels), [v for _, v in mean_gradients])
    gaps = [tf.reduce_max(tf.abs(g - w)) for (g, _), w in zip(mean_gradients, whole)]
    gap = tf.reduce_max(gaps)
    accuracy = tf.reduce_mean(tf.to_float(tf.equal(tf.argmax(convnet(images), 1), labels)))

places = sorted(set(v.device[-5:].lower() for v in tf.global_variables()))
print('variables_on: %s' % ' '.join(places))
print('losses_on: %s' % ' '.join(loss.device[-5:].lower() for loss in losses))
print('weights: %d' % sum(np.prod(v.shape.as_list()) for v in tf.trainable_variables()))

digits = input_data.read_data_sets(one_hot=False)
test = {images: digits.test.images, labels: digits.test.labels}
config = tf.ConfigProto(device_count={'CPU': TOWERS}, allow_soft_placement=False,
                        intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    sess.run(tf.global_variables_initializer())
    print('accuracy_epoch_0: %.4f' % sess.run(accuracy, test))
    for epoch in range(1, EPOCHS + 1):
        seen = []
        for step in range(digits.train.num_examples // BATCH):
            batch = dict(zip([images, labels], digits.train.next_batch(BATCH)))
            if epoch == 1 and step == 0:
                print('same_gradient: %s' % (sess.run(gap, batch) < 1e-5))
            seen.append(sess.run([mean_loss, train_op], batch)[0])
        print('loss_epoch_%d: %.6f' % (epoch, np.mean(seen)))
    print('test_accuracy: %.4f' % sess.run(accuracy, test))
