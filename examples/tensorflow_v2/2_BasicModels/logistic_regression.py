"""Logistic regression: handwritten digits from their pixels, without a hidden layer.

What it shows: a tf.Module that holds a matrix and an offset, softmax cross
entropy computed from logits, gradients from GradientTape, and plain gradient
descent by assign_sub, compiled with tf.function.

Written for TensorFlow 2.3.4. The digits are a subset of MNIST (input_data.py).

It prints the loss on the training digits as it falls, loss and accuracy on the
test digits, the share of each test digit that was recognised, and the mistake
made most often.
"""
import os
import random
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(7)
np.random.seed(7)
tf.random.set_seed(7)
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

EPOCHS, BATCH, RATE = 12, 100, 0.25

(train_images, train_labels), (test_images, test_labels) = input_data.load_data()
train_pixels = train_images.reshape(-1, 784)
test_pixels = test_images.reshape(-1, 784)


class Logistic(tf.Module):
    """Ten linear functions of the pixels; the largest says which digit it is."""

    def __init__(self):
        super().__init__()
        self.weights = tf.Variable(tf.zeros([784, 10]), name='weights')
        self.offset = tf.Variable(tf.zeros([10]), name='offset')

    def __call__(self, pixels):
        return tf.matmul(pixels, self.weights) + self.offset


def cross_entropy(logits, labels):
    return tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))


model = Logistic()


@tf.function
def descend(pixels, labels):
    with tf.GradientTape() as tape:
        loss = cross_entropy(model(pixels), labels)
    gradients = tape.gradient(loss, model.trainable_variables)
    for variable, gradient in zip(model.trainable_variables, gradients):
        variable.assign_sub(RATE * gradient)


batches = (tf.data.Dataset.from_tensor_slices((train_pixels, train_labels))
           .shuffle(len(train_labels), seed=7).batch(BATCH))

print(f'loss_epoch_0: {cross_entropy(model(train_pixels), train_labels).numpy():.6f}')
for epoch in range(1, EPOCHS + 1):
    for pixels, labels in batches:
        descend(pixels, labels)
    if epoch in (1, 3, 6, 12):
        loss = cross_entropy(model(train_pixels), train_labels)
        print(f'loss_epoch_{epoch}: {loss.numpy():.6f}')

logits = model(test_pixels)
guesses = tf.argmax(logits, axis=1)
print(f'test_loss: {cross_entropy(logits, test_labels).numpy():.6f}')
print(f'test_accuracy: {np.mean(guesses.numpy() == test_labels):.4f}')

confusion = tf.math.confusion_matrix(test_labels, guesses, num_classes=10).numpy()
for digit in range(10):
    print(f'recognised_{digit}: {confusion[digit, digit] / confusion[digit].sum():.4f}')
np.fill_diagonal(confusion, 0)
meant, read = np.unravel_index(confusion.argmax(), confusion.shape)
print(f'commonest_mistake: {meant} read as {read}')
print(f'commonest_mistake_count: {confusion.max()}')
