from openpyxl import Workbook

book = Workbook()
book.active.title = "sales"
sheet = book.get_sheet_by_name("sales")
sheet.append(["tea", 3])
sheet.append(["jam", 5])
print(sheet.cell(row=2, column=2).value, sheet.max_row)
print(book.get_sheet_names())
