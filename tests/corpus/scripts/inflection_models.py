"""Turn the column headers of a table into class and label names."""
import inflection

headers = ["customer_order", "PersonAddress", "HTTPResponse", "news item", "sheep", "category_id"]

for header in headers:
    name = inflection.underscore(header.replace(" ", "_"))
    print(name, inflection.camelize(name), inflection.camelize(name, False),
          inflection.titleize(name), inflection.dasherize(name))

for word in ["person", "ox", "octopus", "datum", "wife", "bus"]:
    print(word, inflection.pluralize(word), inflection.singularize(inflection.pluralize(word)))

for n in (1, 2, 3, 11, 112, 1003):
    print(inflection.ordinalize(n), end=" ")
print()
