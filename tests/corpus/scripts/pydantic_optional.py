from typing import List, Optional

from pydantic import BaseModel


class Job(BaseModel):
    name: str
    retries: Optional[int]
    hosts: List[str] = []

    class Config:
        anystr_strip_whitespace = True


for data in ({"name": " copy "}, {"name": "move", "retries": 3, "hosts": [" a ", "b"]}):
    job = Job(**data)
    print(job.name, job.retries, job.hosts)
