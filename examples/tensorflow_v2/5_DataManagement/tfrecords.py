"""TFRecord files: digits written as records, read back, and learnt from.

What it shows: a record is bytes; by custom the bytes are a tf.train.Example, a
dictionary of lists, here with an image as PNG, its label and the share of inked
pixels. The training digits go into four files, compressed, and come back through
TFRecordDataset, which reads the files by turns, and parse_single_example.

Written for TensorFlow 2.3.4. The digits are the 2,000 + 500 of examples/data. The
records go into a temporary folder, which is removed.

It prints how many records there are and what one holds, whether the digits that
come back are those that were written, and loss and accuracy of a small network
that was trained from the files alone.
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

random.seed(31)
np.random.seed(31)
tf.random.set_seed(31)
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

SHARDS = 4
(x_train, y_train), (x_test, y_test) = input_data.load_data()
folder = tempfile.mkdtemp()


def example_of(image, label):
    png = tf.io.encode_png(tf.constant(np.uint8(np.round(image * 255.0))[:, :, np.newaxis]))
    return tf.train.Example(features=tf.train.Features(feature={
        'image': tf.train.Feature(bytes_list=tf.train.BytesList(value=[png.numpy()])),
        'label': tf.train.Feature(int64_list=tf.train.Int64List(value=[label])),
        'ink': tf.train.Feature(float_list=tf.train.FloatList(value=[np.mean(image > 0.5)])),
    }))


def write(paths, images, labels):
    options = tf.io.TFRecordOptions(compression_type='GZIP')
    for shard, path in enumerate(paths):
        with tf.io.TFRecordWriter(path, options) as writer:
            for image, label in zip(images[shard::len(paths)], labels[shard::len(paths)]):
                writer.write(example_of(image, label).SerializeToString())


LAYOUT = {
    'image': tf.io.FixedLenFeature([], tf.string),
    'label': tf.io.FixedLenFeature([], tf.int64),
    'ink': tf.io.FixedLenFeature([], tf.float32),
}


def read(paths):
    def parse(record):
        fields = tf.io.parse_single_example(record, LAYOUT)
        image = tf.io.decode_png(fields['image'], channels=1)
        return tf.reshape(image, [28, 28]), fields['label'], fields['ink']

    files = tf.data.Dataset.from_tensor_slices(paths)
    records = files.interleave(
        lambda path: tf.data.TFRecordDataset(path, compression_type='GZIP'),
        cycle_length=len(paths), block_length=1)
    return records.map(parse)


train_paths = [os.path.join(folder, f'train-{n}.tfrecord') for n in range(SHARDS)]
test_paths = [os.path.join(folder, 'test.tfrecord')]
write(train_paths, x_train, y_train)
write(test_paths, x_test, y_test)

raw = tf.data.TFRecordDataset(train_paths, compression_type='GZIP')
print('records:', raw.reduce(0, lambda n, record: n + 1).numpy())
message = tf.train.Example.FromString(next(iter(raw)).numpy())
for name in sorted(message.features.feature):
    print(f'first_{name}_kind:', message.features.feature[name].WhichOneof('kind'))
print('first_label:', message.features.feature['label'].int64_list.value[0])
print(f"first_ink: {message.features.feature['ink'].float_list.value[0]:.6f}")

# Read one record from each file by turns, the digits come in the order they had.
images, labels, inks = next(iter(read(train_paths).batch(len(x_train))))
print('images_same:', np.array_equal(images.numpy(), np.uint8(np.round(x_train * 255.0))))
print('labels_same:', np.array_equal(labels.numpy(), y_train))
print(f'ink_mean: {np.mean(inks.numpy(), dtype=np.float64):.6f}')


def lesson(image, label, ink):
    return tf.cast(image, tf.float32) / 255.0, label


model = tf.keras.Sequential([
    tf.keras.layers.Flatten(input_shape=(28, 28)),
    tf.keras.layers.Dense(48, activation='relu'),
    tf.keras.layers.Dense(10, activation='softmax'),
])
model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])
batches = read(train_paths).map(lesson).cache().shuffle(2000, seed=32).batch(40)
history = model.fit(batches, epochs=6, verbose=0).history
for epoch in (1, 3, 6):
    print(f"loss_epoch_{epoch}: {history['loss'][epoch - 1]:.6f}")
test_loss, test_accuracy = model.evaluate(read(test_paths).map(lesson).batch(100), verbose=0)
print(f'test_loss: {test_loss:.6f}')
print(f'test_accuracy: {test_accuracy:.4f}')

shutil.rmtree(folder)
