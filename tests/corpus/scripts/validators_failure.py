import validators

for text in ["https://example.com/a?b=1", "example dot com", "http://10.0.0.1:8080/"]:
    result = validators.url(text)
    if isinstance(result, validators.ValidationFailure):
        print("bad", text)
    else:
        print("good", text, result)
print(validators.email("eva@example.com"))
