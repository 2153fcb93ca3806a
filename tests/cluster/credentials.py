"""Who may talk to a test cluster: static users, the key for service-account tokens, kubeconfig files."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

# RFC 5915 and RFC 5480: the fixed DER bytes around the 32 bytes of a P-256 private key, its public half left
# out (it is optional and Go computes it). Saves a dependency on openssl or a cryptography package.
_P256_KEY_HEAD = bytes.fromhex("30310201010420")
_P256_KEY_TAIL = bytes.fromhex("a00a06082a8648ce3d030107")


@dataclass(frozen=True, slots=True)
class User:
    """A user known by a static token, with the groups that RBAC sees."""

    name: str
    groups: tuple[str, ...] = ()
    token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)


def write_token_file(path: Path, users: Sequence[User]) -> None:
    """The API server's static token file: token, name, uid and groups of each user."""
    lines = [f'{user.token},{user.name},{user.name},"{",".join(user.groups)}"\n' for user in users]
    _write_private(path, "".join(lines))


def write_signing_key(path: Path) -> None:
    """A fresh P-256 private key in PEM, to sign service-account tokens with.

    The bytes are random rather than drawn below the curve's order; all but one in 2^32 are valid, and the API
    server would refuse to start with one that is not.
    """
    key = base64.b64encode(_P256_KEY_HEAD + secrets.token_bytes(32) + _P256_KEY_TAIL).decode()
    _write_private(path, f"-----BEGIN EC PRIVATE KEY-----\n{key}\n-----END EC PRIVATE KEY-----\n")


def write_kubeconfig(path: Path, *, url: str, ca_file: Path, token: str, namespace: str = "default") -> None:
    """A kubeconfig whose one context `leadline-test` leads to `url` with a bearer token.

    The certificate is embedded, so that the file works wherever it is copied.
    """
    ca_data = base64.b64encode(ca_file.read_bytes()).decode()
    name = "leadline-test"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": url, "certificate-authority-data": ca_data}}],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": namespace}}],
        "current-context": name,
    }
    _write_private(path, json.dumps(config, indent=2))  # JSON is YAML


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)
