from docx import Document

document = Document()
document.add_heading("Minutes", level=1)
p = document.add_paragraph("Present: ")
p.add_run("Eva, Jan").bold = True
document.add_table(rows=1, cols=2)
print([type(block).__name__ for block in document.iter_inner_content()])
print(p.text, len(p.hyperlinks))
