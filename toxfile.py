"""Let tox find every Python that pyenv has installed, not only the active one."""

import os
from pathlib import Path

root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
os.environ["PATH"] = os.pathsep.join([os.environ["PATH"], *map(str, sorted(root.glob("versions/3.*/bin")))])
