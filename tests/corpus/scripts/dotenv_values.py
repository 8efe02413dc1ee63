import io

from dotenv import dotenv_values

text = u"""# settings
export HOST=example.com
NAME="Eva Nova" # who
PATH_=${HOST}/data
EMPTY=
FLAG
"""
for key, value in dotenv_values(stream=io.StringIO(text)).items():
    print(key, repr(value))
