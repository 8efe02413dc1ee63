import emoji


def smileys_in(text):
    return [letter for letter in text if letter in emoji.UNICODE_EMOJI["en"]]
