import plotly.graph_objects as go
import numpy as np

figure = go.Figure(go.Scatter(x=np.array([1, 2, 3]), y=np.array([2.5, 4.0, 3.5]), mode="lines"))
text = figure.to_json()
print('"x":[1,2,3]' in text.replace(" ", ""))
print(figure.data[0].mode, len(figure.data))
