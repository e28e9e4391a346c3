"""The only code that knows where resource files are: in the package when installed, beside it in a checkout."""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable


def resource_folder() -> Traversable:
    """The folder of resource files.

    Raises FileNotFoundError when neither the package nor the checkout has one.
    """
    package = resources.files("mlflow_sql")
    for folder in (package / "resources", package / ".." / ".." / "resources"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError("mlflow_sql is installed without its resources/ folder")


def resource_texts(folder: Traversable | None = None) -> dict[str, str]:
    """The text of every resource file, by file name without its ending, in order of name."""
    found = [f for f in (folder or resource_folder()).iterdir() if f.name.endswith(".yaml")]
    return {f.name.removesuffix(".yaml"): f.read_text(encoding="utf-8") for f in sorted(found, key=lambda f: f.name)}
