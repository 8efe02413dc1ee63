from openpyxl import Workbook
from openpyxl.cell import get_column_letter

sheet = Workbook().active
for n in (1, 27, 703):
    print(n, get_column_letter(n), sheet.cell(row=1, column=n).coordinate)
