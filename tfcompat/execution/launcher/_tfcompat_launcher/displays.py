"""What IPython can show in a browser: objects that are shown here by the names of their classes."""

TYPE_CHECKING = False  # Python 2.7 has no typing module; mypy takes this name for true
if TYPE_CHECKING:
    from typing import Any, Dict


class DisplayObject(object):
    """What is shown by its class alone where only text can be shown."""

    def __init__(self, data=None, *arguments, **options):
        # type: (Any, *Any, **Any) -> None
        self.data = data
        self.metadata = {}  # type: Dict[str, Any]

    def __repr__(self):
        # type: () -> str
        return "<IPython.core.display.%s object>" % type(self).__name__


_NAMES = [
    "Audio", "Code", "FileLink", "FileLinks", "GeoJSON", "HTML", "IFrame", "Image", "JSON",
    "Javascript", "Latex", "Markdown", "Math", "Pretty", "ProgressBar", "ScribdDocument", "SVG",
    "TextDisplayObject", "VimeoVideo", "Video", "YouTubeVideo",
]  # fmt: skip
CLASSES = {"DisplayObject": DisplayObject}  # type: Dict[str, Any]
for _name in _NAMES:
    CLASSES[_name] = type(_name, (DisplayObject,), {})
