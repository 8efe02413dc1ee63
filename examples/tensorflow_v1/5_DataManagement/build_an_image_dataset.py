"""Build an image dataset: from picture files in class folders to batches.

What it shows: how pictures on disk reach a graph through queues. A queue of
(file name, label) pairs feeds reading and decoding, a second queue gathers the
decoded pictures into batches, runners fill both from threads of their own, and
a Coordinator stops them. Pixels never pass through a feed_dict.

Written for TensorFlow 1.12.3. The pictures are digits, which the script first
writes with TensorFlow's own encoders: every other one as PNG, the rest as JPEG,
into train/<class>/ and test/<class>/.

It prints what the folders hold, how well each format keeps the pixels, the loss
of a small network while it trains, and its accuracy on the pictures below test/.
"""
from __future__ import print_function

import os
import shutil
import sys
import tempfile

import numpy as np
import tensorflow as tf

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import input_data

PER_CLASS = {'train': 60, 'test': 20}
BATCH, STEPS = 30, 100
root = tempfile.mkdtemp()
one_thread = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)


def write_pictures(part, source):
    """Write the first pictures of every class; return the error of each format, in grey levels."""
    errors = {'png': [], 'jpg': []}
    with tf.Graph().as_default(), tf.Session(config=one_thread) as sess:
        raw = tf.placeholder(tf.uint8, [28, 28, 1])
        path = tf.placeholder(tf.string, [])
        encoded = {'png': tf.image.encode_png(raw), 'jpg': tf.image.encode_jpeg(raw, quality=90)}
        actions = {}
        for kind, content in encoded.items():
            distance = tf.abs(tf.to_float(tf.image.decode_image(content)) - tf.to_float(raw))
            actions[kind] = [tf.write_file(path, content), tf.reduce_mean(distance)]
        for digit in range(10):
            chosen = np.flatnonzero(source.labels == digit)[:PER_CLASS[part]]
            for i, row in enumerate(chosen):
                kind = ('png', 'jpg')[i % 2]
                name = os.path.join(root, part, str(digit), '%03d.%s' % (i, kind))
                pixels = np.round(source.images[row] * 255).astype(np.uint8).reshape(28, 28, 1)
                errors[kind].append(sess.run(actions[kind], {raw: pixels, path: name})[1])
    return errors


def list_pictures(part):
    """Walk through the class folders; return file names and the labels the folders stand for."""
    names, labels = [], []
    for label, folder in enumerate(sorted(os.listdir(os.path.join(root, part)))):
        for name in sorted(os.listdir(os.path.join(root, part, folder))):
            names.append(os.path.join(root, part, folder, name))
            labels.append(label)
    return names, labels


def queue_of_batches(part, shuffle, num_epochs=None):
    """Return the tensors of the next batch of pictures and labels."""
    names, labels = list_pictures(part)
    name, label = tf.train.slice_input_producer(
        [names, labels], num_epochs=num_epochs, shuffle=shuffle, seed=31)
    picture = tf.image.decode_image(tf.read_file(name), channels=1)
    picture.set_shape([28, 28, 1])  # decode_image cannot know it
    picture = tf.to_float(picture) / 127.5 - 1.0
    # One thread for each queue: with more, the order of the pictures would be left to chance.
    return tf.train.batch([picture, label], BATCH, num_threads=1, capacity=3 * BATCH,
                          allow_smaller_final_batch=True)


def network(pictures, reuse=False):
    """Return ten scores for each picture."""
    with tf.variable_scope('network', reuse=reuse):
        start = [tf.variance_scaling_initializer(seed=seed) for seed in (41, 42, 43)]
        net = tf.layers.conv2d(pictures, 8, 5, strides=2, activation=tf.nn.relu,
                               kernel_initializer=start[0])
        net = tf.layers.max_pooling2d(net, 2, 2)
        net = tf.layers.dense(tf.layers.flatten(net), 64, activation=tf.nn.relu,
                              kernel_initializer=start[1])
        return tf.layers.dense(net, 10, kernel_initializer=start[2])


digits = input_data.read_data_sets(one_hot=False)
errors = write_pictures('train', digits.train)
write_pictures('test', digits.test)
for part in ('train', 'test'):
    names, labels = list_pictures(part)
    print('%s_files: %d' % (part, len(names)))
    print('%s_png_files: %d' % (part, sum(name.endswith('.png') for name in names)))
    print('%s_files_by_class: %s' % (part, ' '.join('%d' % n for n in np.bincount(labels))))
print('png_error: %.4f' % np.mean(errors['png']))
print('jpg_error: %.4f' % np.mean(errors['jpg']))

pictures, classes = queue_of_batches('train', shuffle=True)
test_pictures, test_classes = queue_of_batches('test', shuffle=False, num_epochs=1)
loss = tf.losses.sparse_softmax_cross_entropy(classes, network(pictures))
learn = tf.train.AdamOptimizer(0.003).minimize(loss)
guess = tf.argmax(network(test_pictures, reuse=True), 1, output_type=tf.int32)
correct = tf.equal(guess, test_classes)

with tf.Session(config=one_thread) as sess:
    # num_epochs counts in a local variable.
    sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
    coord = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(sess=sess, coord=coord)
    recent = []
    for step in range(1, STEPS + 1):
        recent.append(sess.run([loss, learn])[0])
        if step in (1, 20, 60, STEPS):
            print('loss_step_%d: %.6f' % (step, np.mean(recent[-10:])))  # of the last ten
    hits = []
    try:
        while not coord.should_stop():
            hits.extend(sess.run(correct))
    except tf.errors.OutOfRangeError:
        pass  # the end of the one epoch
    coord.request_stop()
    coord.join(threads)

shutil.rmtree(root)
print('test_pictures_seen: %d' % len(hits))
print('test_accuracy: %.4f' % np.mean(hits))
