"""Models at rest: ``manifest.json`` and ``arrays.npz``, checksums, no pickle.

A model is data, never code: numbers in arrays, names in JSON. Loading checks the SHA-256 of the arrays, the number and the
declared size of their members before anything is allocated, and refuses objects.
"""

from __future__ import annotations

import hashlib
import json
import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from segmentry.errors import ModelRefused, Problem
from segmentry.results import plain

FORMAT = 1
_MEMBERS = 64
_BYTES = 256 * 2**20
_MANIFEST_BYTES = 16 * 2**20


@dataclass(frozen=True, slots=True)
class StoredModel:
    """What a model folder holds.

    Parameters
    ----------
    manifest : dict
        Names, settings and everything that is no array.
    arrays : dict of str to array
    """

    manifest: dict[str, Any]
    arrays: dict[str, NDArray[Any]]


def write_model(folder: Path, model: StoredModel) -> None:
    """Write a model into an empty or absent folder; the same model gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "arrays.npz"
    kwargs: Mapping[str, Any] = dict(sorted(model.arrays.items()))
    np.savez(path, **kwargs)
    manifest = {**plain(model.manifest), "format": FORMAT, "arrays_sha256": _sha256(path)}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def read_model(folder: Path) -> StoredModel:
    """Read a model folder, or say why it is not to be trusted.

    Raises
    ------
    ModelRefused
        When a file is missing, changed, of another format, or holds more or other things than numbers and names.
    """
    manifest_path, arrays_path = folder / "manifest.json", folder / "arrays.npz"
    for path in (manifest_path, arrays_path):
        if not path.is_file() or path.is_symlink():
            raise _refused(folder, "MODEL_MISSING", f"{path.name} is not there", "give --model the folder 'model' of a finished run")
    manifest = _manifest(manifest_path)
    found, told = _sha256(arrays_path), str(manifest.get("arrays_sha256"))
    if found != told:
        raise _refused(
            folder,
            "MODEL_CHANGED",
            f"the checksum of arrays.npz is not the one in manifest.json: {found[:12]!r} against {told[:12]!r}",
            "use an unchanged copy of the model",
        )
    return StoredModel(manifest, _arrays(arrays_path))


def _manifest(path: Path) -> dict[str, Any]:
    if path.stat().st_size > _MANIFEST_BYTES:
        raise _refused(
            path.parent, "MODEL_TOO_LARGE", f"manifest.json holds over {_MANIFEST_BYTES} bytes", "use a model written by segmentry"
        )
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise _refused(path.parent, "MODEL_DAMAGED", "manifest.json is no JSON", "use an unchanged copy of the model") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        found = manifest.get("format") if isinstance(manifest, dict) else None
        raise _refused(
            path.parent,
            "MODEL_VERSION",
            f"the model has format {found!r}; this version reads format {FORMAT}",
            "run the segmentation again",
        )
    return manifest


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(path, archive)
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except ModelRefused:
        raise
    except (zipfile.BadZipFile, ValueError, EOFError, OSError):
        raise _refused(
            path.parent, "MODEL_DAMAGED", "arrays.npz cannot be read as plain arrays", "use an unchanged copy of the model"
        ) from None


def _check_members(path: Path, archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    if len(members) > _MEMBERS:
        raise _refused(
            path.parent,
            "MODEL_TOO_LARGE",
            f"arrays.npz holds {len(members)} members; allowed are {_MEMBERS}",
            "use a model written by segmentry",
        )
    total = 0
    for member in members:
        if "/" in member.filename or "\\" in member.filename or not member.filename.endswith(".npy"):
            raise _refused(
                path.parent,
                "MODEL_HOSTILE",
                f"arrays.npz holds a member that is no array, {member.filename[:40]!r}",
                "use a model written by segmentry",
            )
        with archive.open(member) as handle:
            version = npy.read_magic(handle)
            read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, _, dtype = read(handle)
        if dtype.hasobject:
            raise _refused(
                path.parent,
                "MODEL_HOSTILE",
                f"arrays.npz holds objects, in {member.filename[:40]!r}; only numbers and text are allowed",
                "use a model written by segmentry",
            )
        total += math.prod(shape) * dtype.itemsize
    if total > _BYTES:
        raise _refused(
            path.parent,
            "MODEL_TOO_LARGE",
            f"arrays.npz declares {total:,} bytes; allowed are {_BYTES:,}",
            "use a model written by segmentry",
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _refused(folder: Path, code: str, reason: str, remedy: str) -> ModelRefused:
    return ModelRefused(Problem(code, reason, remedy, file=folder.name))
