import pyparsing as pp

number = pp.Word(pp.nums).setParseAction(lambda t: int(t[0]))
sums = pp.operatorPrecedence(number, [("*", 2, pp.opAssoc.LEFT), ("+", 2, pp.opAssoc.LEFT)])
for text in ["1+2*3", "(1+2)*3"]:
    print(sums.parseString(text).asList())
