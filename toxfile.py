"""Shows tox the Pythons that pyenv keeps, whichever of them is in use."""

import os
from pathlib import Path

root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
os.environ["PATH"] = os.pathsep.join([os.environ["PATH"], *map(str, sorted(root.glob("versions/3.*/bin")))])
