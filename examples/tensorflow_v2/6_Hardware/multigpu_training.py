"""Training on several devices at once: each takes a part of every batch of digits.

What it shows: MirroredStrategy keeps a copy of the model on each device. A batch is
split between them, each computes the gradients of its part, the gradients are added
up, and all copies take the same step.

There may be no GPU here, so the devices are two logical ones, both made from the
one CPU through tf.config: this shows how it is done, not that it is faster. For two
graphics cards, only the names of the devices would change.

Written for TensorFlow 2.3.4. The digits are the 2,000 + 500 of examples/data.

It prints the devices, how a batch was split, the loss as it falls, the accuracy on
the test digits, how far apart the copies are at the end, and of a model trained on
the same batches by one device alone its loss, its accuracy, and whether it agrees.
"""
import os
import random
import sys

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(37)
np.random.seed(37)
tf.random.set_seed(37)
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

# Before anything runs: one CPU becomes two devices.
cpu = tf.config.experimental.list_physical_devices('CPU')[0]
tf.config.experimental.set_virtual_device_configuration(
    cpu, [tf.config.experimental.VirtualDeviceConfiguration() for _ in range(2)])
devices = [device.name for device in tf.config.experimental.list_logical_devices('CPU')]

EPOCHS, BATCH = 5, 50
(x_train, y_train), (x_test, y_test) = input_data.load_data()
batches = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(
    2000, seed=38, reshuffle_each_iteration=False).batch(BATCH)


def new_model():
    return tf.keras.Sequential([
        tf.keras.layers.Flatten(input_shape=(28, 28)),
        tf.keras.layers.Dense(64, activation='relu',
                              kernel_initializer=tf.keras.initializers.HeNormal(seed=39)),
        tf.keras.layers.Dense(10, kernel_initializer=tf.keras.initializers.HeNormal(seed=40)),
    ])


strategy = tf.distribute.MirroredStrategy(devices)
with strategy.scope():
    model = new_model()
    optimizer = tf.keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)
cross_entropy = tf.keras.losses.SparseCategoricalCrossentropy(
    from_logits=True, reduction=tf.keras.losses.Reduction.NONE)


def step_of(model, optimizer, images, digits):
    with tf.GradientTape() as tape:
        # The mean over the whole batch, of which this device may see a part only.
        loss = tf.reduce_sum(cross_entropy(digits, model(images, training=True))) / BATCH
    slopes = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(slopes, model.trainable_variables))
    return loss


@tf.function
def together(images, digits):
    parts = strategy.run(step_of, args=(model, optimizer, images, digits))
    return strategy.reduce(tf.distribute.ReduceOp.SUM, parts, axis=None)


print('devices:', ' '.join(name.split('device:')[-1] for name in devices))
print('replicas:', strategy.num_replicas_in_sync)
shared = strategy.experimental_distribute_dataset(batches)
images, digits = next(iter(shared))
parts = strategy.experimental_local_results(digits)
print('batch_parts:', ' '.join(str(len(part)) for part in parts))

for epoch in range(1, EPOCHS + 1):
    losses = [together(images, digits).numpy() for images, digits in shared]
    if epoch in (1, 2, EPOCHS):
        print(f'loss_epoch_{epoch}: {np.mean(losses, dtype=np.float64):.6f}')
guess = np.argmax(model(x_test).numpy(), axis=1)
print(f'test_accuracy: {np.mean(guess == y_test):.4f}')
copies = [strategy.experimental_local_results(v) for v in model.trainable_variables]
print(f'copies_apart: {max(np.abs(a.numpy() - b.numpy()).max() for a, b in copies):.6f}')

# The same training on one device.
alone = new_model()
alone_optimizer = tf.keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)
alone_step = tf.function(step_of)
for epoch in range(1, EPOCHS + 1):
    losses = [alone_step(alone, alone_optimizer, images, digits).numpy()
              for images, digits in batches]
print(f'alone_loss_last: {np.mean(losses, dtype=np.float64):.6f}')
guess = np.argmax(alone(x_test).numpy(), axis=1)
print(f'alone_test_accuracy: {np.mean(guess == y_test):.4f}')
gap = max(np.abs(a[0].numpy() - b.numpy()).max() for a, b in zip(copies, alone.trainable_variables))
# Sums in another order differ in the last digits, which is why only a bound is printed.
print('alone_agrees:', bool(gap < 1e-3))
