from markupsafe import Markup, escape, soft_unicode

title = Markup("<em>%s</em>") % "Tom & Jerry"
print(soft_unicode(title))
print(soft_unicode(42) + "!")
print(escape(soft_unicode("<b>")))
