from bokeh.plotting import figure

plot = figure(plot_width=400, plot_height=240, title="steps")
line = plot.line([1, 2, 3], [4, 7, 5], line_width=2)
print(plot.plot_width, plot.title.text)
print(type(line.glyph).__name__, len(plot.renderers))
