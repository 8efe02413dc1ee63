import sqlalchemy as sa

engine = sa.create_engine("sqlite://")
meta = sa.MetaData()
pets = sa.Table("pets", meta, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(20)))
meta.create_all(engine)
engine.execute(pets.insert(), [{"name": "rex"}, {"name": "tom"}])
rows = engine.execute(sa.select([pets.c.name]).order_by(pets.c.name.desc())).fetchall()
print([tuple(row) for row in rows])
