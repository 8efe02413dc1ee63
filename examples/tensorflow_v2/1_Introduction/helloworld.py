"""Hello, world: a greeting as a tensor, taken apart at once.

What it shows: operations run when they are called and their results can be read
straight away with .numpy(); tf.function turns Python into a graph, which is
traced on the first call and only run on those after it.

Written for TensorFlow 2.3.4. Nothing here draws random numbers.

It prints whether TensorFlow executes eagerly, the greeting of each guest, how
many bytes and how many characters a word with an umlaut has, its code points,
and how often the greeting function was traced.
"""
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

traces = []


@tf.function
def greet(name):
    traces.append('traced')  # Python, not TensorFlow: happens while tracing only
    return tf.strings.join(['Hello, ', tf.strings.upper(name), '!'])


print('eager:', tf.executing_eagerly())

for i, guest in enumerate(tf.constant(['world', 'Ada', 'TensorFlow'])):
    print(f'greeting_{i}:', greet(guest).numpy().decode('ascii'))

swiss = tf.constant('Gr\u00fcezi')
points = tf.strings.unicode_decode(swiss, 'UTF-8')
print('bytes:', tf.strings.length(swiss).numpy())
print('characters:', tf.strings.length(swiss, unit='UTF8_CHAR').numpy())
print('code_points:', ' '.join(str(point) for point in points.numpy()))
print('code_point_sum:', tf.reduce_sum(points).numpy())
print('traces:', len(traces))
