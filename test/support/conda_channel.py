"""A local conda channel with what a recipe of a Python package needs, where no conda channel can be reached.

Its Python is a virtual environment of the Python that runs, so it cannot be used on another machine. Its other packages
are made from the wheels of the package index.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import zipfile
from importlib.metadata import distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from rattler_build import Package, RenderConfig, assemble_package


def make_channel(channel: Path, temporary: Path, requirements: list[str]) -> None:
    """Make a channel of Python and the packages that meet the requirements, and all that those require.

    Args:
        channel: The folder of the channel, which must not exist.
        temporary: An empty folder for intermediate files.
        requirements: Requirements as pip takes them.
    """
    native = RenderConfig().build_platform
    for subdir in (native, "noarch"):
        (channel / subdir).mkdir(parents=True)
    wheels = temporary / "wheels"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary=:all:", "--dest", str(wheels)]
    subprocess.run([*command, *requirements], check=True, timeout=300)
    add_python(channel / native, temporary / "python", native)
    for wheel in wheels.iterdir():
        add_wheel(channel / native, wheel, temporary / wheel.stem, native)
    for subdir in (native, "noarch"):
        add_index(channel / subdir)


def add_python(target: Path, folder: Path, subdir: str) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=300)
    assemble_package("python", platform.python_version(), subdir, "0_cpython", target, files_dir=folder)


def add_wheel(target: Path, wheel: Path, folder: Path, subdir: str) -> None:
    site_packages = folder / "lib" / "python{}.{}".format(*sys.version_info) / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site_packages)
    (distribution,) = distributions(path=[str(site_packages)])
    required = map(Requirement, distribution.requires or [])
    needed = [each for each in required if each.marker is None or each.marker.evaluate({"extra": ""})]
    depends = ["python", *(f"{canonicalize_name(each.name)} {each.specifier}".strip() for each in needed)]
    name = canonicalize_name(distribution.name)
    assemble_package(name, distribution.version, subdir, "0", target, files_dir=folder, depends=depends)


def add_index(subdir: Path) -> None:
    packages = {}
    for path in subdir.glob("*.conda"):
        package = Package.from_file(path)
        packages[path.name] = {
            "name": package.name,
            "version": package.version,
            "build": package.build_string,
            "build_number": 0,
            "depends": package.depends,
            "subdir": subdir.name,
        }
    index = {"info": {"subdir": subdir.name}, "packages": {}, "packages.conda": packages, "repodata_version": 1}
    (subdir / "repodata.json").write_text(json.dumps(index), encoding="utf-8")
