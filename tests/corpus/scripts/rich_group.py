import io

from rich.console import Console, RenderGroup
from rich.panel import Panel

out = io.StringIO()
console = Console(file=out, width=30, color_system=None)
console.print(Panel(RenderGroup("first line", "second line"), title="note"))
for line in out.getvalue().splitlines():
    print(ascii(line))
