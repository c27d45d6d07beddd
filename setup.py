import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent

about = {}
exec((HERE / "tracking_client" / "version.py").read_text(encoding="utf-8"), about)  # noqa: S102


def without_relative_links(markdown: str) -> str:
    """Replace relative links by their text: a package index has no files for them to point to."""
    return re.sub(r"!?\[([^\]]*)\]\((?!https?:|mailto:)[^)]*\)", r"\1", markdown)


setup(
    name="tracking-client",
    version=about["__version__"],
    description="Client for the sequencing tracking service: samples, their files, and how they are processed",
    long_description=without_relative_links((HERE / "README.md").read_text(encoding="utf-8")),
    long_description_content_type="text/markdown",
    author="The tracking_client authors",
    license="MIT",
    keywords=["bioinformatics", "sequencing", "tuberculosis", "FASTQ", "VCF", "md5sum", "OpenAPI", "REST"],
    classifiers=[
        "Development Status :: 4 - Beta",
        "Environment :: Console",
        "Framework :: Pytest",
        "Intended Audience :: Developers",
        "Intended Audience :: Healthcare Industry",
        "Intended Audience :: Science/Research",
        "Operating System :: OS Independent",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3 :: Only",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Scientific/Engineering :: Bio-Informatics",
        "Typing :: Typed",
    ],
    python_requires=">=3.10",
    install_requires=["urllib3>=2,<3", "certifi", "python-dateutil>=2.7", "six>=1.12"],
    extras_require={
        "completion": ["argcomplete>=3.0"],
        "excel": ["python-calamine>=0.2"],
        "progress": ["tqdm>=4.60"],
        "service": ["Werkzeug>=3.0"],
        "testing": ["Werkzeug>=3.0", "pytest>=7"],
    },
    packages=find_packages(include=["tracking_client", "tracking_client.*"]),
    package_data={"tracking_client": ["py.typed", "cli/demo_data/*"]},
    entry_points={
        "console_scripts": ["tracking-client=tracking_client.cli.main:main"],
        "pytest11": ["tracking_client=tracking_client.testing.plugin"],
    },
    zip_safe=False,
)
