"""TensorBoard, further on: histograms, pictures, a trace, and two runs side by side.

What it shows: what can go into an event file besides curves. Histograms follow
the weights and their gradients, an image shows what the digits average to, text
notes the settings, run metadata holds the trace of one step, a summary made by
hand needs no graph at all; and training and test write to folders of their own
so that TensorBoard lays their curves over each other.

Written for TensorFlow 1.12.3. A network of one hidden layer on the digits.

It prints, as read back from the two event files: their tags, the two curves,
how the histograms widen, facts on the image, the text and the trace; then the
accuracy on the test digits.
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

data = input_data.read_data_sets(one_hot=False)
EPOCHS, BATCH = 6, 50


def layer(inputs, size, name, seed):
    """Return inputs times weights plus biases, with a histogram of the weights."""
    with tf.variable_scope(name):
        start = tf.truncated_normal_initializer(stddev=0.05, seed=seed)
        w = tf.get_variable('w', [inputs.shape[1].value, size], initializer=start)
        b = tf.get_variable('b', [size], initializer=tf.zeros_initializer())
        tf.summary.histogram('weights', w, collections=['watched'])
        return tf.matmul(inputs, w) + b


x = tf.placeholder(tf.float32, [None, 784])
y = tf.placeholder(tf.int64, [None])
scores = layer(tf.nn.relu(layer(x, 40, 'first', seed=8)), 10, 'second', seed=9)
entropy = tf.losses.sparse_softmax_cross_entropy(y, scores)
accuracy = tf.reduce_mean(tf.to_float(tf.nn.in_top_k(scores, y, 1)))

optimizer = tf.train.AdamOptimizer(0.002)
pairs = optimizer.compute_gradients(entropy)
for gradient, variable in pairs:
    tf.summary.histogram(variable.op.name + '/gradient', gradient, collections=['watched'])
train_op = optimizer.apply_gradients(pairs)

curves = tf.summary.merge([tf.summary.scalar('entropy', entropy),
                           tf.summary.scalar('accuracy', accuracy)])
watched = tf.summary.merge_all('watched')
average = tf.reshape(tf.reduce_mean(x, axis=0), [1, 28, 28, 1])
once = tf.summary.merge([
    tf.summary.image('average_digit', tf.image.convert_image_dtype(average, tf.uint8), 1),
    tf.summary.text('settings', tf.constant('epochs %d, batch %d' % (EPOCHS, BATCH)))])

logs = tempfile.mkdtemp()
everything = {x: data.train.images, y: data.train.labels}
held_back = {x: data.test.images, y: data.test.labels}
options = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=options) as sess:
    train_log = tf.summary.FileWriter(os.path.join(logs, 'train'), sess.graph)
    test_log = tf.summary.FileWriter(os.path.join(logs, 'test'))
    sess.run(tf.global_variables_initializer())
    train_log.add_summary(sess.run(once, everything))
    for epoch in range(EPOCHS + 1):
        curve, histograms = sess.run([curves, watched], everything)
        train_log.add_summary(curve, epoch)
        train_log.add_summary(histograms, epoch)
        test_log.add_summary(sess.run(curves, held_back), epoch)
        if epoch == EPOCHS:
            break
        for _ in range(data.train.num_examples // BATCH):
            images, labels = data.train.next_batch(BATCH)
            sess.run(train_op, {x: images, y: labels})
    trace = tf.RunMetadata()
    full = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    guesses = sess.run(scores, held_back, options=full, run_metadata=trace).argmax(axis=1)
    test_log.add_run_metadata(trace, 'test_digits', EPOCHS)

# A summary by hand: the accuracy of each class, its digit in place of the step.
for digit in range(10):
    share = np.mean(guesses[data.test.labels == digit] == digit)
    by_hand = tf.Summary(value=[tf.Summary.Value(tag='by_class', simple_value=share)])
    test_log.add_summary(by_hand, digit)
train_log.close()
test_log.close()


def read(run):
    """Return {tag: {step: value}} of a run's event file, and its traces by name."""
    values, traces = {}, {}
    name, = os.listdir(os.path.join(logs, run))
    for event in tf.train.summary_iterator(os.path.join(logs, run, name)):
        for value in event.summary.value:
            values.setdefault(value.tag, {})[event.step] = value
        if event.HasField('tagged_run_metadata'):
            tagged = event.tagged_run_metadata
            traces[tagged.tag] = tf.RunMetadata.FromString(tagged.run_metadata)
    return values, traces


train, _ = read('train')
test, traces = read('test')
shutil.rmtree(logs)

print('tags_train: %s' % ' '.join(sorted(train)))
print('tags_test: %s' % ' '.join(sorted(test)))
for epoch in (0, 1, 3, EPOCHS):
    for run, values in (('train', train), ('test', test)):
        for tag in ('entropy', 'accuracy'):
            print('%s_%s_%d: %.6f' % (run, tag, epoch, values[tag][epoch].simple_value))
for tag in ('first/weights', 'second/weights', 'second/w/gradient'):
    for epoch in (0, EPOCHS):
        h = train[tag][epoch].histo
        spread = np.sqrt(h.sum_squares / h.num - (h.sum / h.num) ** 2)
        label = '%s_%d' % (tag.replace('/', '_'), epoch)
        print('%s_min: %.4f' % (label, h.min))
        print('%s_max: %.4f' % (label, h.max))
        print('%s_spread: %.6f' % (label, spread))
picture = train['average_digit/image'][0].image
with tf.Session(config=options) as sess:
    shown = sess.run(tf.image.decode_png(picture.encoded_image_string))
print('image_size: %dx%d' % (picture.height, picture.width))
print('image_mean: %.4f' % shown.mean())
print('image_brightest: %d' % shown.max())
print('text: %s' % train['settings'][0].tensor.string_val[0].decode('ascii'))
ran = [n.node_name for d in traces['test_digits'].step_stats.dev_stats for n in d.node_stats]
print('trace_has_matmul: %s' % any('MatMul' in name.split(':')[0] for name in ran))
print('by_class: %s' % ' '.join('%.4f' % test['by_class'][d].simple_value for d in range(10)))
print('test_accuracy: %.4f' % np.mean(guesses == data.test.labels))
