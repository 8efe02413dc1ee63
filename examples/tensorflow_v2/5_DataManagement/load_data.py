"""Loading data: tf.data from arrays, from a generator, and from CSV and text files.

What it shows: whatever the source, a Dataset is a sequence of tensors, and the same
few steps (map, filter, cache, shuffle, batch, prefetch) make batches of it, which a
for loop or model.fit takes.

Written for TensorFlow 2.3.4. The arrays are the digits of examples/data; the other
sources are made up: a swinging pendulum, a table of plants and two short text files,
which the script writes into a folder of its own and removes again.

It prints what comes out of each source, and, for the digits, the pendulum and the
plants, how the loss of a small model falls and how well it does in the end.
"""
import os
import random
import shutil
import sys
import tempfile

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

random.seed(11)
np.random.seed(11)
tf.random.set_seed(11)
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

folder = tempfile.mkdtemp()


def train(name, units, loss, rate, batches, epochs):
    """Fit a single dense layer, print how its loss falls, and return it."""
    start = tf.keras.initializers.RandomNormal(stddev=0.01, seed=12)
    model = tf.keras.Sequential([tf.keras.layers.Dense(units, kernel_initializer=start)])
    model.compile(optimizer=tf.keras.optimizers.Adam(rate), loss=loss)
    losses = model.fit(batches, epochs=epochs, verbose=0).history['loss']
    print(f'{name}_loss_first: {losses[0]:.6f}')
    print(f'{name}_loss_last: {losses[-1]:.6f}')
    return model


# 1. From arrays in memory.
(x_train, y_train), (x_test, y_test) = input_data.load_data()
digits = tf.data.Dataset.from_tensor_slices((x_train.reshape(-1, 784), y_train))
print('digits_elements:', tf.data.experimental.cardinality(digits).numpy())
batches = digits.cache().shuffle(2000, seed=13).batch(50).prefetch(1)
softmax = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model = train('digits', 10, softmax, 0.003, batches, epochs=6)
right = np.argmax(model.predict(x_test.reshape(-1, 784)), axis=1) == y_test
print(f'digits_test_accuracy: {right.mean():.4f}')


# 2. From a generator: a pendulum that loses its swing, three angles and the one after them.
def pendulum():
    angle, speed, seen = 1.0, 0.0, []
    while True:
        speed -= 0.2 * np.sin(angle) + 0.01 * speed
        angle += speed
        seen = seen[-3:] + [angle]
        if len(seen) == 4:
            yield np.float32(seen[:3]), np.float32(seen[3:])


swings = tf.data.Dataset.from_generator(pendulum, (tf.float32, tf.float32), ([3], [1]))
first = next(iter(swings))
print('pendulum_first:', ' '.join(f'{number:.6f}' for number in np.concatenate(first)))
model = train('pendulum', 1, 'mse', 0.02, swings.take(200).batch(20), epochs=6)
error = model.evaluate(swings.skip(200).take(50).batch(50), verbose=0)
print(f'pendulum_test_loss: {error:.6f}')

# 3. From a CSV file with a header: plants, their light and water, and how much they grew.
table = os.path.join(folder, 'plants.csv')
with open(table, 'w') as out:
    out.write('kind,light,water,growth\n')
    for _ in range(120):
        kind, light, water = random.choice(['fern', 'moss']), random.random(), random.random()
        growth = (1.0 + 2.0 * water if kind == 'fern' else 0.5 + water) + 0.5 * light
        out.write(f'{kind},{light:.3f},{water:.3f},{growth:.3f}\n')
plants = tf.data.experimental.make_csv_dataset(
    table, batch_size=20, label_name='growth', num_epochs=1, shuffle=False)


def columns(row, growth):
    fern = tf.cast(row['kind'] == 'fern', tf.float32)
    return tf.stack([fern, fern * row['water'], row['water'], row['light']], axis=1), growth


model = train('plants', 1, 'mse', 0.1, plants.map(columns), epochs=10)
for name, weight in zip(('fern', 'fern_water', 'water', 'light'), model.get_weights()[0][:, 0]):
    print(f'plants_{name}: {weight:.6f}')

# 4. The same file as rows of given types, and text files line by line.
rows = tf.data.experimental.CsvDataset(
    table, [tf.string, tf.float32], header=True, select_cols=[0, 3])
ferns = rows.filter(lambda kind, growth: kind == 'fern').map(lambda kind, growth: growth)
total = ferns.reduce(0.0, lambda so_far, growth: so_far + growth).numpy()
print(f'fern_growth_total: {total:.4f}')

texts = {'rain.txt': 'rain on the roof\n\nrain on the road\n', 'snow.txt': '\nsnow on the roof\n'}
for name, text in texts.items():
    with open(os.path.join(folder, name), 'w') as out:
        out.write(text)
files = tf.data.Dataset.list_files(os.path.join(folder, '*.txt'), shuffle=False)
lines = files.interleave(tf.data.TextLineDataset, cycle_length=2)
lines = lines.filter(lambda line: tf.strings.length(line) > 0)
words = lines.map(tf.strings.split).unbatch()
counts = {}
for word in words.as_numpy_iterator():
    counts[word.decode('ascii')] = counts.get(word.decode('ascii'), 0) + 1
print('text_lines:', ' / '.join(line.decode('ascii') for line in lines.as_numpy_iterator()))
print('text_words:', ' '.join(f'{word}={counts[word]}' for word in sorted(counts)))

shutil.rmtree(folder)
