"""Word vectors: words that keep the same company end up side by side.

What it shows: the skip-gram model. From each word of a text the words around it
are guessed; the vectors that do this best lie close together for words used alike.
tf.nn.nce_loss compares each neighbour with a few words drawn at random instead of
with the whole vocabulary.

Written for TensorFlow 1.12.3. The text is made below from patterns of sentences,
in which the words of a group can stand for one another.

It prints the loss as it falls, how alike words of one group and of different
groups are (cosine), the three nearest words of some in alphabetical order, and how
many of all nearest words are of the same group.
"""
from __future__ import print_function

import collections
import random

import numpy as np
import tensorflow as tf

random.seed(83)
np.random.seed(83)
tf.set_random_seed(83)

GROUPS = collections.OrderedDict([
    ('ANIMAL', 'dog cat horse goat'), ('SHIP', 'ferry yacht canoe raft'),
    ('FOOD', 'bread soup cheese apples'), ('WATER', 'harbour river lake bay'),
    ('PERSON', 'baker sister captain pupil'), ('RUNS', 'trots jumps barks sleeps'),
    ('SAILS', 'drifts floats sinks anchors'), ('EATS', 'cooks eats tastes buys')])
PATTERNS = ['the ANIMAL RUNS behind the barn', 'our ANIMAL often RUNS in the meadow',
            'a SHIP SAILS across the WATER', 'on the WATER an old SHIP slowly SAILS',
            'my PERSON EATS the warm FOOD', 'fresh FOOD is what a PERSON EATS here']
SENTENCES, REACH = 1500, 2
SIZE, SAMPLED, BATCH, STEPS = 16, 8, 256, 800

members = collections.OrderedDict((group, words.split()) for group, words in GROUPS.items())
group_of = {word: group for group, words in members.items() for word in words}
text = []
for _ in range(SENTENCES):
    pattern = PATTERNS[np.random.randint(len(PATTERNS))].split()
    text.append([members[part][np.random.randint(4)] if part in members else part
                 for part in pattern])

# The sampler of nce_loss draws small numbers more often: the commonest word is number 0.
counts = collections.Counter(word for sentence in text for word in sentence)
vocabulary = sorted(counts, key=lambda word: (-counts[word], word))
number = {word: n for n, word in enumerate(vocabulary)}
pairs = np.array([(number[word], number[sentence[j]])
                  for sentence in text for i, word in enumerate(sentence)
                  for j in range(max(0, i - REACH), min(len(sentence), i + REACH + 1)) if i != j])

center = tf.placeholder(tf.int32, [None])
neighbour = tf.placeholder(tf.int64, [None, 1])
vectors = tf.get_variable('vectors', [len(vocabulary), SIZE],
                          initializer=tf.random_uniform_initializer(-0.5, 0.5, seed=1))
out_weights = tf.get_variable('out_weights', [len(vocabulary), SIZE],
                              initializer=tf.random_normal_initializer(stddev=0.1, seed=2))
out_biases = tf.get_variable('out_biases', [len(vocabulary)], initializer=tf.zeros_initializer())

drawn = tf.nn.log_uniform_candidate_sampler(
    neighbour, num_true=1, num_sampled=SAMPLED, unique=True, range_max=len(vocabulary), seed=3)
loss = tf.reduce_mean(tf.nn.nce_loss(
    weights=out_weights, biases=out_biases, labels=neighbour,
    inputs=tf.nn.embedding_lookup(vectors, center), num_sampled=SAMPLED,
    num_classes=len(vocabulary), sampled_values=drawn))
train_op = tf.train.AdagradOptimizer(0.5).minimize(loss)
unit = tf.nn.l2_normalize(vectors, axis=1)
cosines = tf.matmul(unit, unit, transpose_b=True)

print('words: %d' % len(vocabulary))
print('pairs: %d' % len(pairs))
config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
with tf.Session(config=config) as sess:
    sess.run(tf.global_variables_initializer())
    losses = []
    for step in range(1, STEPS + 1):
        some = pairs[np.random.randint(len(pairs), size=BATCH)]
        _, value = sess.run([train_op, loss], {center: some[:, 0], neighbour: some[:, 1:]})
        losses.append(value)
        if step in (50, 100, 200, 400, STEPS):
            print('mean_loss_of_50_to_step_%d: %.6f' % (step, np.mean(losses[-50:])))
    alike = sess.run(cosines)

grouped = [number[word] for words in members.values() for word in words]
same = np.array([[group_of[vocabulary[a]] == group_of[vocabulary[b]] for b in grouped]
                 for a in grouped])
other = ~np.eye(len(grouped), dtype=bool)
table = alike[grouped][:, grouped]
print('cosine_within_groups: %.6f' % table[same & other].mean())
print('cosine_between_groups: %.6f' % table[~same].mean())

hits = []
for own in grouped:
    word = vocabulary[own]
    order = np.argsort(-alike[own], kind='mergesort')
    nearest = sorted([vocabulary[n] for n in order if n != own][:3])
    hits += [group_of.get(near) == group_of[word] for near in nearest]
    if word in ('dog', 'yacht', 'cheese', 'lake', 'captain', 'sinks'):
        print('near_%s: %s' % (word, ' '.join(nearest)))
print('nearest_of_the_same_group: %.4f' % np.mean(hits))
