"""Logistic regression, eagerly: one layer learns the digits under a gradient tape.

What it shows: eager execution with the parts that work both ways. A tf.data
pipeline is a Python iterable of batches, a layer is an object that owns its
variables, the tape gives the gradients of whatever was computed under it, and an
optimizer of tf.train applies them.

Written for TensorFlow 1.12.3. The digits are a part of MNIST, in examples/data.

For some epochs it prints the mean loss of the batches and the accuracy on them;
then loss and accuracy on the test digits, and how sure the answers are.
"""
from __future__ import print_function

import os
import random
import sys

import numpy as np
import tensorflow as tf

tf.enable_eager_execution(
    config=tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1))

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(17)
np.random.seed(17)
tf.set_random_seed(17)

digits = input_data.read_data_sets(one_hot=True)
batches = (tf.data.Dataset.from_tensor_slices((digits.train.images, digits.train.labels))
           .shuffle(buffer_size=2000, seed=8)
           .batch(100))

layer = tf.layers.Dense(10, kernel_initializer=tf.glorot_uniform_initializer(seed=9))
optimizer = tf.train.AdamOptimizer(learning_rate=0.005)
global_step = tf.train.get_or_create_global_step()


def cross_entropy(logits, labels):
    return tf.losses.softmax_cross_entropy(onehot_labels=labels, logits=logits)


def learn_epoch():
    """Go once through the training digits; return mean loss and accuracy on the way."""
    losses, hits = [], []
    for images, labels in batches:
        with tf.GradientTape() as tape:
            logits = layer(images)
            loss = cross_entropy(logits, labels)
        gradients = tape.gradient(loss, layer.variables)
        optimizer.apply_gradients(zip(gradients, layer.variables), global_step=global_step)
        losses.append(loss)
        hits.append(tf.equal(tf.argmax(logits, axis=1), tf.argmax(labels, axis=1)))
    return tf.reduce_mean(losses), tf.reduce_mean(tf.to_float(tf.concat(hits, axis=0)))


for epoch in range(1, 13):
    loss, accuracy = learn_epoch()
    if epoch in (1, 2, 4, 8, 12):
        print('loss_epoch_%d: %.6f' % (epoch, loss))
        print('accuracy_epoch_%d: %.4f' % (epoch, accuracy))

logits = layer(tf.constant(digits.test.images))
chances = tf.nn.softmax(logits)
right = tf.equal(tf.argmax(logits, axis=1), digits.test.labels.argmax(axis=1))
surest = tf.reduce_max(chances, axis=1)

print('steps: %d' % global_step.numpy())
print('parameters: %d' % sum(variable.numpy().size for variable in layer.variables))
print('test_loss: %.6f' % cross_entropy(logits, digits.test.labels))
print('sure_when_right: %.4f' % tf.reduce_mean(tf.boolean_mask(surest, right)))
print('sure_when_wrong: %.4f' % tf.reduce_mean(tf.boolean_mask(surest, ~right)))
print('test_accuracy: %.4f' % tf.reduce_mean(tf.to_float(right)))
