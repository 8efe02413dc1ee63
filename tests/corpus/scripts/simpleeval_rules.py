"""Work out discounts from rules which the shop's staff write as formulas."""
from simpleeval import SimpleEval, InvalidExpression

RULES = [
    ("bulk", "total * 0.1 if count >= 10 else 0"),
    ("friend", "5 if name == 'Ada' else 0"),
    ("cap", "min(total / 4, 20)"),
    ("text", "'no ' * 2 + name"),
    ("power", "2 ** 10 % 1000"),
    ("wrong", "discount + 1"),
    ("import", "__import__('os')"),
]

evaluator = SimpleEval(functions={"min": min}, names={"total": 120.0, "count": 12, "name": "Ada"})
for label, rule in RULES:
    try:
        print(label, "=", evaluator.eval(rule))
    except InvalidExpression as error:
        print(label, "refused:", type(error).__name__)
