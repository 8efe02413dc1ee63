from azure.storage.blob import BlockBlobService

service = BlockBlobService(account_name="shop", account_key="c2VjcmV0")
print(service.make_blob_url("photos", "cat one.png"))
print(service.protocol, service.primary_endpoint)
