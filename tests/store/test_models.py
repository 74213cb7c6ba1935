"""Models at rest: what is written is read back, and nothing else is."""

import json
import zipfile

import numpy as np
import pytest

from segmentry.errors import ModelRefused
from segmentry.store.models import StoredModel, read_model, write_model


@pytest.fixture
def folder(tmp_path):
    write_model(tmp_path / "model", StoredModel({"names": {"1": "Loyal"}}, {"centres": np.arange(6.0).reshape(3, 2)}))
    return tmp_path / "model"


def _resign(folder):
    """Make a hostile file pass the checksum, so that the later guards are what refuses it."""
    import hashlib

    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["arrays_sha256"] = hashlib.sha256((folder / "arrays.npz").read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_a_model_is_read_back_as_written(folder):
    stored = read_model(folder)
    assert stored.manifest["names"] == {"1": "Loyal"}
    assert stored.arrays["centres"].tolist() == [[0, 1], [2, 3], [4, 5]]


def test_the_same_model_gives_the_same_bytes(folder, tmp_path):
    write_model(tmp_path / "again", StoredModel({"names": {"1": "Loyal"}}, {"centres": np.arange(6.0).reshape(3, 2)}))
    for name in ("manifest.json", "arrays.npz"):
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_a_flipped_byte_is_refused(folder):
    content = bytearray((folder / "arrays.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "arrays.npz").write_bytes(content)
    with pytest.raises(ModelRefused, match="MODEL_CHANGED"):
        read_model(folder)


def test_a_missing_file_is_refused(folder):
    (folder / "arrays.npz").unlink()
    with pytest.raises(ModelRefused, match=r"arrays\.npz is not there"):
        read_model(folder)


def test_another_format_is_refused_with_both_versions(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "format": 99}))
    with pytest.raises(ModelRefused, match="format 99; this version reads format 1"):
        read_model(folder)


def test_a_manifest_that_is_no_json_is_refused(folder):
    (folder / "manifest.json").write_text("{" * 100_000)
    with pytest.raises(ModelRefused, match="MODEL_DAMAGED"):
        read_model(folder)


def test_an_array_of_objects_is_refused_before_it_is_loaded(folder):
    np.savez(folder / "arrays.npz", centres=np.array([{"a": 1}], dtype=object))
    _resign(folder)
    with pytest.raises(ModelRefused, match="MODEL_HOSTILE"):
        read_model(folder)


def test_a_huge_declared_shape_is_refused_before_allocation(folder):
    header = np.lib.format.magic(1, 0)
    text = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000), }"
    text += b" " * (64 - (len(header) + 2 + len(text) + 1) % 64) + b"\n"
    with zipfile.ZipFile(folder / "arrays.npz", "w") as archive:
        archive.writestr("centres.npy", header + len(text).to_bytes(2, "little") + text)
    _resign(folder)
    with pytest.raises(ModelRefused, match="MODEL_TOO_LARGE"):
        read_model(folder)


def test_a_member_outside_the_folder_is_refused(folder):
    with zipfile.ZipFile(folder / "arrays.npz", "w") as archive:
        archive.writestr("../evil.npy", b"x")
    _resign(folder)
    with pytest.raises(ModelRefused, match="MODEL_HOSTILE"):
        read_model(folder)
    assert not (folder.parent / "evil.npy").exists()


def test_too_many_members_are_refused(folder):
    np.savez(folder / "arrays.npz", **{f"a{number}": np.zeros(1) for number in range(65)})
    _resign(folder)
    with pytest.raises(ModelRefused, match="65 members"):
        read_model(folder)
