import plotly.express as px

figure = px.scatter(x=[1, 2, 3], y=[3, 1, 2], labels={"x": "day", "y": "height"})
print(figure.data[0].type, list(figure.data[0].x))
print(figure.layout.xaxis.title.text, figure.layout.yaxis.title.text)
print(figure.data[0].hovertemplate)
