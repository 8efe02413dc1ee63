import prettytable

table = prettytable.PrettyTable(["item", "price"])
table.add_row(["tea", 3.5])
table.set_style(prettytable.MARKDOWN)
table.add_row(["jam", 12])
print(table)
