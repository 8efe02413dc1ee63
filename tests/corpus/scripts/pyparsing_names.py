from pyparsing import Optional, Suppress, Word, alphas, nums

price = Word(alphas) + Suppress(":") + Word(nums) + Optional("EUR")
print(price)
print(price.parseString("tea: 3 EUR").asList())
