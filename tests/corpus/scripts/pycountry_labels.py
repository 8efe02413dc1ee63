"""Make the labels of a map from ISO codes."""
import pycountry

CODES = ["DE", "FR", "CZ", "MK", "SZ", "TR", "BO", "CV"]

for code in CODES:
    country = pycountry.countries.get(alpha_2=code)
    print(code, country.alpha_3, country.numeric, country.name)

print(pycountry.currencies.get(alpha_3="EUR").name)
print(pycountry.languages.get(alpha_3="deu").name)
names = [s.name for s in pycountry.subdivisions.get(country_code="AT")]
print(len(names), sorted(names)[0])
