"""Convolutional network from its parts: digits with tf.nn, without any layer.

What it shows: the weights as variables made by hand, convolution, pooling and
dropout as plain functions of tf.nn, and a training step with GradientTape whose
gradients are clipped before an optimizer follows them.

Written for TensorFlow 2.3.4. The digits are a subset of MNIST (input_data.py).

It prints the shapes on the way through the network, the loss of the batch and
the size of its gradients at some steps, and loss and accuracy on the test
digits before and after.
"""
# Two convolutions over 4,000 digits, forwards and back: 3 to 4 s of CPU, not 3.
import os
import random
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(53)
np.random.seed(53)
tf.random.set_seed(53)
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

STEPS, BATCH = 100, 40

he_normal = tf.initializers.he_normal(seed=53)
weights = {
    'conv1': tf.Variable(he_normal([5, 5, 1, 8])),
    'conv2': tf.Variable(he_normal([5, 5, 8, 16])),
    'dense': tf.Variable(he_normal([7 * 7 * 16, 48])),
    'out': tf.Variable(he_normal([48, 10])),
}
biases = {name: tf.Variable(tf.zeros(w.shape[-1])) for name, w in weights.items()}
parameters = list(weights.values()) + list(biases.values())


def conv_pool(x, name):
    """Convolve, add the bias, cut off below zero, keep the largest of each 2 by 2."""
    x = tf.nn.conv2d(x, weights[name], strides=1, padding='SAME')
    x = tf.nn.relu(tf.nn.bias_add(x, biases[name]))
    return tf.nn.max_pool2d(x, ksize=2, strides=2, padding='SAME')


def features(images):
    return conv_pool(conv_pool(images[..., tf.newaxis], 'conv1'), 'conv2')


def network(images, drop=0.0):
    x = tf.reshape(features(images), [-1, 7 * 7 * 16])
    x = tf.nn.relu(tf.matmul(x, weights['dense']) + biases['dense'])
    x = tf.nn.dropout(x, rate=drop, seed=53)
    return tf.matmul(x, weights['out']) + biases['out']


def loss_of(logits, labels):
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(tf.one_hot(labels, 10), logits))


optimizer = tf.optimizers.Adam(0.003)


@tf.function
def train_step(images, labels):
    with tf.GradientTape() as tape:
        loss = loss_of(network(images, drop=0.3), labels)
    gradients, size = tf.clip_by_global_norm(tape.gradient(loss, parameters), 2.0)
    optimizer.apply_gradients(zip(gradients, parameters))
    return loss, size


def test(when):
    logits = network(test_images)
    hits = tf.equal(tf.argmax(logits, axis=1), test_labels)
    print(f'test_loss_{when}: {loss_of(logits, test_labels).numpy():.6f}')
    print(f'test_accuracy_{when}: {tf.reduce_mean(tf.cast(hits, tf.float32)).numpy():.4f}')


(train_images, train_labels), (test_images, test_labels) = input_data.load_data()
print('shape_features:', features(test_images[:1]).shape.as_list())
print('shape_logits:', network(test_images[:1]).shape.as_list())
test('before')

supply = (tf.data.Dataset.from_tensor_slices((train_images, train_labels))
          .shuffle(2000, seed=53).repeat().batch(BATCH).prefetch(1))
for step, (images, labels) in enumerate(supply.take(STEPS), 1):
    loss, size = train_step(images, labels)
    if step in (1, 10, 40, STEPS):
        print(f'loss_step_{step}: {loss.numpy():.6f}')
        print(f'gradient_norm_step_{step}: {size.numpy():.6f}')
test('after')
