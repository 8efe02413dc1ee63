from jaraco.collections import DictFilter, KeyTransformingDict


class Loud(KeyTransformingDict):
    @staticmethod
    def transform_key(key):
        return key.upper()


print(sorted(Loud({"tea": 1, "jam": 2}).items()))
chosen = DictFilter({"_id": 1, "name": "eva", "age": 3}, include_pattern="^[a-z]")
print(sorted(chosen.items()))
