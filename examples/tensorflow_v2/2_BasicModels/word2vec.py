"""Word vectors: words that keep the same company end up close together.

What it shows: skip-gram pairs made from a text, an embedding looked up by
index, noise-contrastive estimation (tf.nn.nce_loss) with a sampler of its own,
and the sparse gradients that a Keras optimizer applies to the rows in use.

Written for TensorFlow 2.3.4. The text, thirty sentences about the sea, the
kitchen and the farm, is below.

It prints the sizes, the mean loss of some epochs, for a few words the nearest
one, and for how many of the themes' words the nearest word is of the same theme
(by chance it would be about one in three), before and after training.
"""
import collections
import random

import numpy as np
import tensorflow as tf

random.seed(19)
np.random.seed(19)
tf.random.set_seed(19)
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

TEXT = '''
the sailor rowed the boat into the harbour . a storm drove the ship from the harbour .
the captain of the ship feared the storm . the sailor hung the sail before the wind .
wind and wave broke the mast of the ship . the boat rode on the wave and the tide .
the captain waited for the tide . the wind filled the sail of the boat .
the sailor tied the mast and the captain took the sail . tide and storm emptied the harbour .
the cook stirred the soup in the pot . salt and pepper went into the soup .
the baker kneaded flour and salt . the cook put butter in the pan .
the oven warmed the bread of the baker . butter on bread pleased the cook .
a pinch of pepper in the pan . the pot of soup stood on the oven .
flour and butter made the bread . the baker cleaned the pan and the oven and the pot .
the farmer led the cow to the barn . the goat and the cow ate hay in the meadow .
a plough stood in the barn . the horse pulled the plough for the farmer .
hay for the horse lay in the barn . the shepherd called the goat from the meadow .
the sheep followed the shepherd . the farmer sheared the sheep by the barn .
the horse and the cow grazed in the meadow . the shepherd gave hay to the sheep and the goat .
'''
THEMES = {
    'sea': 'sailor boat harbour storm ship captain sail wind wave mast tide',
    'kitchen': 'cook soup pot salt pepper baker flour butter pan oven bread',
    'farm': 'farmer cow barn goat hay meadow plough horse shepherd sheep',
}
STOP = {'the', 'a', 'of', 'in', 'and', 'to', 'on', 'for', 'from', 'into', 'by'}
WINDOW, SIZE, NOISE, EPOCHS, BATCH = 3, 12, 6, 60, 64

sentences = [[word for word in sentence.split() if word not in STOP]
             for sentence in TEXT.split('.')]
counts = collections.Counter(word for words in sentences for word in words)
words = sorted(counts, key=lambda word: (-counts[word], word))  # the sampler favours low numbers
number = {word: i for i, word in enumerate(words)}

pairs = [(number[middle], number[near])
         for sentence in sentences for i, middle in enumerate(sentence)
         for j, near in enumerate(sentence) if i != j and abs(i - j) <= WINDOW]
centres, contexts = np.array(pairs, np.int64).T
print(f'vocabulary: {len(words)}')
print(f'pairs: {len(pairs)}')

embedding = tf.Variable(tf.random.uniform([len(words), SIZE], -0.5, 0.5, seed=11))
nce_weights = tf.Variable(tf.random.truncated_normal([len(words), SIZE], stddev=0.3, seed=2))
nce_biases = tf.Variable(tf.zeros([len(words)]))
optimizer = tf.keras.optimizers.Adam(0.02)


@tf.function
def learn(centre, context):
    context = tf.expand_dims(context, 1)
    noise = tf.random.log_uniform_candidate_sampler(
        context, num_true=1, num_sampled=NOISE, unique=True, range_max=len(words), seed=3)
    with tf.GradientTape() as tape:
        vectors = tf.nn.embedding_lookup(embedding, centre)
        loss = tf.reduce_mean(tf.nn.nce_loss(
            nce_weights, nce_biases, context, vectors, NOISE, len(words), sampled_values=noise))
    variables = [embedding, nce_weights, nce_biases]
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
    return loss


theme_of = {word: theme for theme, group in THEMES.items() for word in group.split()}
chosen = sorted(theme_of)


def neighbours():
    """Return the nearest of the themes' words for each of them, by the angle between vectors."""
    vectors = tf.math.l2_normalize(tf.gather(embedding, [number[w] for w in chosen]), axis=1)
    closeness = tf.matmul(vectors, vectors, transpose_b=True)
    closeness = tf.linalg.set_diag(closeness, -tf.ones(len(chosen)))
    return {w: chosen[i] for w, i in zip(chosen, tf.argmax(closeness, axis=1).numpy())}


def same_theme(nearest):
    return np.mean([theme_of[word] == theme_of[near] for word, near in nearest.items()])


print(f'same_theme_before: {same_theme(neighbours()):.4f}')
data = tf.data.Dataset.from_tensor_slices((centres, contexts)).shuffle(len(pairs), seed=4)
for epoch in range(1, EPOCHS + 1):
    losses = [learn(centre, context).numpy() for centre, context in data.batch(BATCH)]
    if epoch in (1, 5, 20, EPOCHS):
        print(f'loss_epoch_{epoch}: {np.mean(losses):.6f}')

nearest = neighbours()
for word in ('sailor', 'soup', 'cow', 'wind'):
    print(f'nearest_{word}: {nearest[word]}')
print(f'same_theme_after: {same_theme(nearest):.4f}')
