"""Summaries for TensorBoard: what a training writes down, and reading it back.

What it shows: tf.summary.create_file_writer opens an event file, and scalar,
histogram and text put values under a name and a step while a small network learns
its digits. TensorBoard draws such a file; here it is read again, and the curves
and bars it would have drawn are printed.

Written for TensorFlow 2.3.4. The digits are the 2,000 + 500 of examples/data.

It prints the curves point by point, the first histogram of the weights as counts in
eight bins, the range of the first and the last and how many weights the last has,
the note, and whether the file says what the training knew.
"""
import os
import random
import shutil
import sys
import tempfile

# Python looks for modules beside the script first, and TensorFlow imports a package called
# tensorboard: it must not find this file. So the folder above, where input_data is, goes there.
sys.path[0] = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')

import numpy as np
import tensorflow as tf

import input_data

random.seed(29)
np.random.seed(29)
tf.random.set_seed(29)
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

EPOCHS = 6
(x_train, y_train), (x_test, y_test) = input_data.load_data()
batches = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(2000, seed=2).batch(40)

model = tf.keras.Sequential([
    tf.keras.layers.Flatten(input_shape=(28, 28)),
    tf.keras.layers.Dense(32, activation='tanh',
                          kernel_initializer=tf.keras.initializers.GlorotNormal(seed=30)),
    tf.keras.layers.Dense(10, kernel_initializer=tf.keras.initializers.GlorotNormal(seed=31)),
])
optimizer = tf.keras.optimizers.RMSprop(learning_rate=0.002)
cross_entropy = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
mean_loss = tf.keras.metrics.Mean()
accuracy = tf.keras.metrics.SparseCategoricalAccuracy()


@tf.function
def learn(images, digits):
    with tf.GradientTape() as tape:
        loss = cross_entropy(digits, model(images, training=True))
    slopes = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(slopes, model.trainable_variables))
    mean_loss.update_state(loss)


folder = tempfile.mkdtemp()
writer = tf.summary.create_file_writer(folder)
with writer.as_default():
    tf.summary.text('note', 'tanh, 32 units', step=0)
    tf.summary.histogram('hidden_weights', model.layers[1].kernel, step=0, buckets=8)
    for epoch in range(1, EPOCHS + 1):
        mean_loss.reset_states()
        accuracy.reset_states()
        for images, digits in batches:
            learn(images, digits)
        accuracy.update_state(y_test, model(x_test))
        tf.summary.scalar('loss', mean_loss.result(), step=epoch)
        tf.summary.scalar('test_accuracy', accuracy.result(), step=epoch)
        tf.summary.histogram('hidden_weights', model.layers[1].kernel, step=epoch, buckets=8)
writer.close()

# An event file is a TFRecord file of Event messages. The first of them tells the version only.
curves, bars, notes = {}, {}, {}
event_files = os.listdir(folder)
for event in tf.compat.v1.train.summary_iterator(os.path.join(folder, event_files[0])):
    for value in event.summary.value:
        kind = value.metadata.plugin_data.plugin_name
        data = tf.make_ndarray(value.tensor)
        if kind == 'scalars':
            curves.setdefault(value.tag, {})[event.step] = float(data)
        elif kind == 'histograms':
            bars.setdefault(value.tag, {})[event.step] = data  # rows of left, right, count
        else:
            notes[value.tag] = data.item().decode('ascii')
shutil.rmtree(folder)

print('event_files:', len(event_files))
for tag, curve in sorted(curves.items()):
    for step, height in sorted(curve.items()):
        print(f'{tag}_epoch_{step}: {height:.6f}')
for step in (0, EPOCHS):
    bins = bars['hidden_weights'][step]
    print(f'hidden_weights_range_{step}: {bins[0, 0]:.6f} to {bins[-1, 1]:.6f}')
print('hidden_weights_counts_0:', ' '.join(f'{n:.0f}' for n in bars['hidden_weights'][0][:, 2]))
print(f"hidden_weights_total_{EPOCHS}: {bars['hidden_weights'][EPOCHS][:, 2].sum():.0f}")
print('note:', notes['note'])
same = (curves['loss'][EPOCHS] == mean_loss.result().numpy()
        and curves['test_accuracy'][EPOCHS] == accuracy.result().numpy())
print('file_agrees:', same)
print(f'test_accuracy: {accuracy.result().numpy():.4f}')
