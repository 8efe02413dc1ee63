from unidecode import unidecode

print(unidecode("P\u0159\u00edli\u0161 \u017elu\u0165ou\u010dk\u00fd k\u016f\u0148"))
print(unidecode("snow \U0001f3d4 and \ue000", errors="replace", replace_str="?"))
