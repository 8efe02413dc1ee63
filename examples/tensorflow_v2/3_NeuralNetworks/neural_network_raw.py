"""A neural network from plain variables: handwritten digits, without Keras.

What it shows: weights are tf.Variable, the network is a function of a few matrix
products, GradientTape gives the gradients, and gradient descent with momentum is
two assignments a variable. Nothing is hidden in a layer or an optimizer.

Written for TensorFlow 2.3.4. The digits are the 2,000 + 500 of examples/data.

It prints how many numbers are learnt, the loss as it falls, how often the network
is right on digits it was and was not trained on, and the digit it finds hardest.
"""
import os
import random
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(41)
np.random.seed(41)
tf.random.set_seed(41)
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

WIDTHS = [784, 96, 48, 10]
EPOCHS, BATCH = 8, 50
RATE, MOMENTUM = 0.05, 0.9

(x_train, y_train), (x_test, y_test) = input_data.load_data()
x_train, x_test = x_train.reshape(-1, 784), x_test.reshape(-1, 784)

weights, biases = [], []
for fan_in, fan_out in zip(WIDTHS[:-1], WIDTHS[1:]):
    start = tf.random.normal([fan_in, fan_out], stddev=(2.0 / fan_in) ** 0.5, seed=len(weights))
    weights.append(tf.Variable(start, name=f'w{len(weights)}'))
    biases.append(tf.Variable(tf.zeros([fan_out]), name=f'b{len(biases)}'))
learnt = weights + biases
speeds = [tf.Variable(tf.zeros_like(v), trainable=False) for v in learnt]


def logits_of(pixels):
    signal = pixels
    for w, b in zip(weights[:-1], biases[:-1]):
        signal = tf.nn.relu(tf.matmul(signal, w) + b)
    return tf.matmul(signal, weights[-1]) + biases[-1]


def loss_of(pixels, digits):
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=digits, logits=logits_of(pixels)))


@tf.function
def descend(pixels, digits):
    with tf.GradientTape() as tape:
        loss = loss_of(pixels, digits)
    for v, speed, slope in zip(learnt, speeds, tape.gradient(loss, learnt)):
        speed.assign(MOMENTUM * speed - RATE * slope)
        v.assign_add(speed)


def hits(pixels, digits):
    return tf.equal(tf.argmax(logits_of(pixels), axis=1), digits).numpy()


print('numbers_learnt:', sum(v.shape.num_elements() for v in learnt))
print(f'loss_epoch_0: {loss_of(x_train, y_train).numpy():.6f}')
batches = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(2000, seed=9).batch(BATCH)
for epoch in range(1, EPOCHS + 1):
    for pixels, digits in batches:
        descend(pixels, digits)
    if epoch in (1, 2, 4, EPOCHS):
        print(f'loss_epoch_{epoch}: {loss_of(x_train, y_train).numpy():.6f}')

right = hits(x_test, y_test)
by_digit = [right[y_test == digit].mean() for digit in range(10)]
print(f'test_loss: {loss_of(x_test, y_test).numpy():.6f}')
print(f'train_accuracy: {hits(x_train, y_train).mean():.4f}')
print(f'test_accuracy: {right.mean():.4f}')
print(f'hardest_digit: {np.argmin(by_digit)}')
print(f'hardest_digit_accuracy: {min(by_digit):.4f}')
