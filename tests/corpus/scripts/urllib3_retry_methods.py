from urllib3.util.retry import Retry

retry = Retry(total=4, backoff_factor=0.5, method_whitelist=frozenset(["GET", "POST"]), status_forcelist=[502, 503])
for method in ("GET", "POST", "DELETE"):
    print(method, retry.is_retry(method, 503))
print(retry.total, sorted(retry.method_whitelist))
