"""The container file: its steps, and the commands of the page that say how to use it."""

from __future__ import annotations

import gzip
import os
import re
import shlex
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from archives import ROOT
from containerfile import Container, instructions, run_steps

import tracking_client

CONTAINERFILE = ROOT / ".ci" / "Containerfile"
STEPS = instructions(CONTAINERFILE.read_text(encoding="utf-8"))

pytestmark = pytest.mark.once


def documented(action: str) -> list[str]:
    """Return a command of docker as the page has it, without `docker`. There is one that contains the word."""
    page = (ROOT / "docs" / "releasing.md").read_text(encoding="utf-8")
    (command,) = re.findall(rf"^    docker (.* {action}\b.*|{action}\b.*)$", page, re.MULTILINE)
    return shlex.split(command)


def arguments(action: str) -> list[str]:
    """Return what such a command passes to the entry point of the image, which has the name of the command."""
    command = documented(action)
    return command[command.index("tracking-client") + 1 :]


def test_user_of_the_container_is_a_number_without_privileges():
    (user,) = (value for name, value in STEPS if name == "USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user), "with a name, Kubernetes cannot tell that it is not root"


def test_base_image_has_a_supported_python(metadata):
    (image,) = (value for name, value in STEPS if name == "FROM")
    version = re.fullmatch(r"python:(3\.\d+)-slim", image)[1]
    assert f"Programming Language :: Python :: {version}" in metadata.get_all("Classifier")


def test_documented_build_names_the_container_file_and_the_folder_of_the_wheel():
    command = documented("build")
    assert command[command.index("--file") + 1] == CONTAINERFILE.relative_to(ROOT).as_posix()
    assert command[-1] == "dist"


@pytest.fixture(scope="module")
def container(wheel_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Container:
    return run_steps(STEPS, wheel_path.parent, tmp_path_factory.mktemp("root"))


@pytest.mark.slow
def test_steps_install_the_command(container):
    process = container.start("--version")
    assert process.communicate(timeout=60) == (f"tracking-client {tracking_client.__version__}\n", "")
    process = container.start()
    assert process.communicate(timeout=60)[0].startswith("usage: tracking-client ")


@pytest.mark.slow
def test_documented_service_keeps_its_database_in_the_volume_and_the_documented_command_uses_it(container, tmp_path):
    (tmp_path / "isolate_R1.fastq.gz").write_bytes(gzip.compress(b"@read\nA\n+\nF\n"))
    service = container.start(*arguments("serve"), "--port", "0")
    try:
        host = service.stdout.readline().strip().replace("//0.0.0.0:", "//127.0.0.1:")
        assert (container.root / "data" / "tracking.sqlite").exists()
        *command, pattern = arguments("known")
        paths = [path.name for path in tmp_path.glob(pattern)]
        process = container.start(*command, *paths, directory=tmp_path, TRACKING_CLIENT_HOST=host)
        output, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (3, "tracking-client: 1 untracked\n")
        assert "isolate_R1.fastq.gz" in output
    finally:
        service.send_signal(signal.SIGTERM)
        assert service.communicate(timeout=60) == ("", "")
    assert service.returncode == 0


def builder() -> str:
    """Return a program that builds images here. Skip the test if there is none, or it cannot pull the base image."""
    (image,) = (value for name, value in STEPS if name == "FROM")
    installed = [name for name in ("docker", "podman", "buildah") if shutil.which(name)]
    for name in installed:
        if subprocess.run([name, "pull", image], capture_output=True, check=False, timeout=300).returncode == 0:
            return name
    return pytest.skip(f"no builder can pull {image}; installed: {', '.join(installed) or 'none'}")


@pytest.mark.slow
@pytest.mark.skipif(os.environ.get("TOX_ENV_NAME") != "release", reason="only `tox -e release` pulls an image")
def test_builder_builds_the_container(wheel_path):
    program = builder()
    command = [str(wheel_path.parent) if word == "dist" else word for word in documented("build")]
    done = subprocess.run([program, *command], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
