from faker import Faker

fake = Faker("en_US")
fake.seed(7)
first = [fake.random_int(0, 9) for _ in range(5)]
fake.seed(7)
print(first == [fake.random_int(0, 9) for _ in range(5)])
print(len(first), all(0 <= n <= 9 for n in first))
