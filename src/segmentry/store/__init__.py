"""Store: runs and models at rest: manifests, arrays, checksums, whole or absent."""
