from typing import Dict, List, Union

from pydantic import BaseModel


class Row(BaseModel):
    key: Union[int, str]
    values: List[Union[float, str]]
    tags: Dict[str, Union[bool, str]] = {}


row = Row(key="12", values=["1.5", "n/a", 2], tags={"ok": "yes"})
print(repr(row.key), row.values)
print(row.tags)
