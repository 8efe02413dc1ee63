"""Deep convolutional GAN: threes that nobody wrote.

What it shows: two Keras models against each other, a generator of transposed
convolutions that makes images of noise and a critic of convolutions that tells
them from written ones; one tf.function with two tapes and two optimizers.

Written for TensorFlow 2.3.4. The threes are those of a subset of MNIST
(input_data.py).

It prints the losses of both, which are to stay in balance and not to fall, and of
written threes and of the images made before and after training: how far they are
from the nearest three kept aside, the share that a nearest-mean classifier takes
for threes (one in ten by chance), how much they differ from each other, how much
ink they have, and in which row and column the middle of the ink is.
"""
# Two convolutional networks in turn: about 6 s of CPU, not 3.
import os
import random
import sys

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(83)
np.random.seed(83)
tf.random.set_seed(83)
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

DIGIT, NOISE, BATCH, STEPS = 3, 24, 32, 300

(train_images, train_labels), (test_images, test_labels) = input_data.load_data()
written = train_images[train_labels == DIGIT][..., np.newaxis]
kept = test_images[test_labels == DIGIT].reshape(-1, 784)
means = np.stack([train_images[train_labels == d].mean(axis=0).ravel() for d in range(10)])

generator = tf.keras.Sequential([
    layers.Dense(7 * 7 * 16, use_bias=False, input_shape=(NOISE,)),
    layers.BatchNormalization(),
    layers.ReLU(),
    layers.Reshape((7, 7, 16)),
    layers.Conv2DTranspose(16, 4, strides=2, padding='same', use_bias=False),
    layers.BatchNormalization(),
    layers.ReLU(),
    layers.Conv2DTranspose(1, 4, strides=2, padding='same', activation='sigmoid'),
], name='generator')
critic = tf.keras.Sequential([
    layers.Conv2D(16, 4, strides=2, padding='same', input_shape=(28, 28, 1)),
    layers.LeakyReLU(0.2),
    layers.Conv2D(24, 4, strides=2, padding='same'),
    layers.LeakyReLU(0.2),
    layers.Flatten(),
    layers.Dropout(0.3, seed=83),
    layers.Dense(1),
], name='critic')
print(f'parameters_generator: {generator.count_params()}')
print(f'parameters_critic: {critic.count_params()}')

entropy = tf.keras.losses.BinaryCrossentropy(from_logits=True)
generator_optimizer = tf.keras.optimizers.Adam(0.002, beta_1=0.5)
critic_optimizer = tf.keras.optimizers.Adam(0.001, beta_1=0.5)


@tf.function
def contest(real):
    noise = tf.random.normal([BATCH, NOISE])
    with tf.GradientTape() as generator_tape, tf.GradientTape() as critic_tape:
        made = generator(noise, training=True)
        on_real, on_made = critic(real, training=True), critic(made, training=True)
        critic_loss = (entropy(tf.ones_like(on_real) * 0.9, on_real)
                       + entropy(tf.zeros_like(on_made), on_made))
        generator_loss = entropy(tf.ones_like(on_made), on_made)
    for model, tape, loss, optimizer in (
            (generator, generator_tape, generator_loss, generator_optimizer),
            (critic, critic_tape, critic_loss, critic_optimizer)):
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return generator_loss, critic_loss


def distances(images, others):
    return np.sqrt(((images[:, np.newaxis] - others[np.newaxis]) ** 2).sum(axis=2))


def judge(when, images):
    images = images.reshape(-1, 784)
    print(f'distance_{when}: {distances(images, kept).min(axis=1).mean():.6f}')
    print(f'share_of_threes_{when}: {np.mean(distances(images, means).argmin(1) == DIGIT):.4f}')
    print(f'variety_{when}: {images.std(axis=0).mean():.6f}')
    ink = images.mean(axis=0, dtype=np.float64).reshape(28, 28)
    print(f'ink_{when}: {ink.mean():.6f}')
    print(f'middle_row_{when}: {np.average(np.arange(28), weights=ink.sum(axis=1)):.6f}')
    print(f'middle_column_{when}: {np.average(np.arange(28), weights=ink.sum(axis=0)):.6f}')


fixed_noise = tf.random.normal([100, NOISE], seed=84)
judge('written', written[:100])
judge('before', generator(fixed_noise, training=False).numpy())

supply = (tf.data.Dataset.from_tensor_slices(written).shuffle(len(written), seed=83)
          .repeat().batch(BATCH))
for step, real in enumerate(supply.take(STEPS), 1):
    generator_loss, critic_loss = contest(real)
    if step in (1, 50, 150, STEPS):
        print(f'generator_loss_step_{step}: {generator_loss.numpy():.6f}')
        print(f'critic_loss_step_{step}: {critic_loss.numpy():.6f}')

judge('after', generator(fixed_noise, training=False).numpy())
