from peewee import CharField, Clause, IntegerField, Model, SQL, SqliteDatabase

db = SqliteDatabase(":memory:")


class Pet(Model):
    name = CharField()
    age = IntegerField()

    class Meta:
        database = db


db.create_tables([Pet])
for name, age in [("rex", 3), ("tom", 9), ("bob", 5)]:
    Pet.create(name=name, age=age)
query = Pet.select().order_by(Clause(Pet.age, SQL("DESC")))
print([pet.name for pet in query], Pet.select().where(Pet.age > 4).count())
