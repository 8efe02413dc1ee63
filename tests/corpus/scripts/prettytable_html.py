from prettytable import PrettyTable

table = PrettyTable(["item", "price"])
table.add_row(["tea", 3.5])
table.add_row(["jam", 12])
table.align["item"] = "l"
print(table)
print(table.get_html_string(attributes={"id": "prices"}).splitlines()[0])
