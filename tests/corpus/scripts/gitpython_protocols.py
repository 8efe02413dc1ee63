import os

os.environ["GIT_PYTHON_REFRESH"] = "quiet"
import git

for url in ["https://example.com/a.git", "ext::sh -c touch% /tmp/x", "git@example.com:a.git"]:
    try:
        git.Git.check_unsafe_protocols(url)
        print("fine", url)
    except git.exc.UnsafeProtocolError:
        print("refused", url)
