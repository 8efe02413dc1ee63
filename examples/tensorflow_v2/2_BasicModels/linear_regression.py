"""Linear regression: at which temperature does water boil, this far up?

What it shows: variables, a loss, and a training step in which GradientTape
records the loss and a Keras optimizer follows its gradients; tf.function makes
the step a graph and tf.data serves the readings in shuffled batches.

Written for TensorFlow 2.3.4. The readings are made up, typed in below.

It prints the loss as it falls, then the fitted line beside that of least squares
(numpy.polyfit), and the error on three readings kept aside.
"""
import random

import numpy as np
import tensorflow as tf

random.seed(23)
np.random.seed(23)
tf.random.set_seed(23)
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

# Height above the sea in kilometres, boiling point of water in degrees Celsius.
height = np.array([0.0, 0.4, 0.8, 1.2, 1.6, 2.0, 2.4, 2.8, 3.2, 3.6, 4.0, 4.4], np.float32)
boils = np.array([100.1, 98.6, 97.4, 95.9, 94.9, 93.3, 92.1, 90.6, 89.5, 88.0, 86.9, 85.3],
                 np.float32)
kept_height = np.array([0.6, 2.2, 3.8], np.float32)
kept_boils = np.array([98.1, 92.6, 87.4], np.float32)

EPOCHS = 80
MIDDLE = 2.2  # heights are taken from the middle of the range, which is quicker to learn

batches = tf.data.Dataset.from_tensor_slices((height, boils)).shuffle(12, seed=5).batch(4)
slope = tf.Variable(tf.random.normal([], seed=6))
at_middle = tf.Variable(tf.random.normal([], mean=90.0, seed=7))
optimizer = tf.keras.optimizers.SGD(learning_rate=0.05)


def predict(h):
    return slope * (h - MIDDLE) + at_middle


def loss_of(h, b):
    return tf.reduce_mean(tf.square(predict(h) - b))


@tf.function
def train_step(h, b):
    with tf.GradientTape() as tape:
        loss = loss_of(h, b)
    variables = [slope, at_middle]
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))


print(f'loss_epoch_0: {loss_of(height, boils).numpy():.6f}')
for epoch in range(1, EPOCHS + 1):
    for h, b in batches:
        train_step(h, b)
    if epoch in (1, 5, 20):
        print(f'loss_epoch_{epoch}: {loss_of(height, boils).numpy():.6f}')
last = loss_of(height, boils).numpy()
kept_error = tf.reduce_mean(tf.abs(predict(kept_height) - kept_boils)).numpy()

exact_slope, exact_sea_level = np.polyfit(height.astype(np.float64), boils.astype(np.float64), 1)
sea_level = predict(0.0).numpy()
print(f'steps: {optimizer.iterations.numpy()}')
print(f'loss_last: {last:.6f}')
print(f'slope: {slope.numpy():.6f}')
print(f'slope_exact: {exact_slope:.6f}')
print(f'sea_level: {sea_level:.6f}')
print(f'sea_level_exact: {exact_sea_level:.6f}')
print(f'kept_error_degrees: {kept_error:.6f}')
