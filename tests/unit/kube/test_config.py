"""Logging in as kubectl does, and saying what to change where that fails."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from leadline.kube.config import ConnectionInfo, TokenFile, from_service_account, login
from leadline.kube.errors import ConfigError

PLUGIN = """#!{python}
import json, os, pathlib
calls = pathlib.Path(__file__).with_name("calls")
calls.write_text((calls.read_text() if calls.exists() else "") + "x")
print(json.dumps({{
    "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
    "status": {{"token": "token-%d" % len(calls.read_text()), "expirationTimestamp": os.environ["EXPIRES"]}},
}}))
"""


@pytest.fixture(autouse=True)
def no_cluster_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [*os.environ]:
        if name.lower().endswith("_proxy") or name.startswith(("KUBECONFIG", "KUBERNETES_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def kubeconfig(
    user: dict[str, Any], *, cluster: dict[str, Any] | None = None, **context: str
) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "one",
        "clusters": [{"name": "c", "cluster": {"server": "https://api.example:6443/", **(cluster or {})}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [
            {"name": "one", "context": {"cluster": "c", "user": "u", **context}},
            {"name": "two", "context": {"cluster": "c", "user": "u", "namespace": "other"}},
        ],
    }


def write(folder: Path, config: object, name: str = "config") -> str:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(json.dumps(config))
    return str(path)


def header(info: ConnectionInfo, refresh: bool = False) -> str | None:
    assert info.authorization is not None
    return info.authorization(refresh)


def test_the_current_context_gives_server_token_and_namespace(tmp_path: Path) -> None:
    info = login(kubeconfig=write(tmp_path, kubeconfig({"token": "t"}, namespace="mine")))
    assert (info.server, info.context, info.namespace) == ("https://api.example:6443", "one", "mine")
    assert header(info) == "Bearer t"


def test_another_context_can_be_named(tmp_path: Path) -> None:
    info = login(kubeconfig=write(tmp_path, kubeconfig({"token": "t"})), context="two")
    assert (info.context, info.namespace) == ("two", "other")


def test_the_environment_names_kubeconfigs_that_are_merged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write(tmp_path, {**kubeconfig({"token": "t"}), "current-context": "two"}, "first")
    second = write(
        tmp_path, {"users": [{"name": "u", "user": {"token": "ignored"}}], "current-context": "one"}, "b"
    )
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join([str(tmp_path / "missing"), first, second]))
    info = login()
    assert header(info) == "Bearer t"


def test_the_default_kubeconfig_is_in_the_home_folder(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    write(tmp_path / "home" / ".kube", kubeconfig({"token": "t"}))
    assert login().server == "https://api.example:6443"


def test_files_are_relative_to_the_kubeconfig_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_text("CA")
    (tmp_path / "tls.crt").write_text("CERT")
    (tmp_path / "tls.key").write_text("KEY")
    user = {"client-certificate": "tls.crt", "client-key": "tls.key"}
    info = login(kubeconfig=write(tmp_path, kubeconfig(user, cluster={"certificate-authority": "ca.crt"})))
    assert (info.ca_file, info.cert_file, info.key_file) == tuple(
        str(tmp_path / name) for name in ("ca.crt", "tls.crt", "tls.key")
    )
    assert info.authorization is None


def test_embedded_certificates_become_files_that_only_we_may_read(tmp_path: Path) -> None:
    user = {"client-certificate-data": "Q0VSVA==", "client-key-data": "S0VZ"}
    info = login(kubeconfig=write(tmp_path, kubeconfig(user, cluster={"certificate-authority-data": "Q0E="})))
    assert info.key_file is not None
    assert Path(info.key_file).read_text() == "KEY"
    assert stat.S_IMODE(Path(info.key_file).stat().st_mode) == 0o600
    assert info.ca_file is not None
    assert Path(info.ca_file).read_text() == "CA"


def test_tls_settings_of_the_cluster_are_kept(tmp_path: Path) -> None:
    cluster = {"insecure-skip-tls-verify": True, "tls-server-name": "inner", "proxy-url": "http://proxy:3128"}
    info = login(kubeconfig=write(tmp_path, kubeconfig({"token": "t"}, cluster=cluster)))
    assert (info.insecure, info.server_name, info.proxy) == (True, "inner", "http://proxy:3128")


def test_proxies_of_the_environment_are_used_but_not_for_hosts_that_it_excludes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    path = write(tmp_path, kubeconfig({"token": "t"}))
    assert login(kubeconfig=path).proxy == "http://proxy:3128"
    monkeypatch.setenv("no_proxy", "api.example")
    assert login(kubeconfig=path).proxy is None


def test_name_and_password_become_a_basic_header(tmp_path: Path) -> None:
    info = login(kubeconfig=write(tmp_path, kubeconfig({"username": "a", "password": "b"})))
    assert (header(info) or "").lower() == "basic ytpi"


def plugin(folder: Path, expires: str, source: str = PLUGIN) -> dict[str, Any]:
    script = folder / "plugin"
    script.write_text(source.format(python=sys.executable))
    script.chmod(0o700)
    return {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": str(script),
            "env": [{"name": "EXPIRES", "value": expires}],
        }
    }


def test_an_exec_plugin_runs_once_while_its_token_lasts(tmp_path: Path) -> None:
    info = login(kubeconfig=write(tmp_path, kubeconfig(plugin(tmp_path, "2999-01-01T00:00:00Z"))))
    assert [header(info), header(info)] == ["Bearer token-1"] * 2


def test_an_exec_plugin_runs_again_when_its_token_expired_or_was_refused(tmp_path: Path) -> None:
    info = login(kubeconfig=write(tmp_path, kubeconfig(plugin(tmp_path, "2001-01-01T00:00:00Z"))))
    assert header(info) == "Bearer token-2"
    lasting = login(kubeconfig=write(tmp_path, kubeconfig(plugin(tmp_path, "2999-01-01T00:00:00Z"))))
    first = header(lasting)
    assert header(lasting, refresh=True) != first


def test_a_failed_exec_plugin_is_an_error_and_not_an_anonymous_login(tmp_path: Path) -> None:
    user = plugin(tmp_path, "", source="#!{python}\nraise SystemExit(1)\n")
    with pytest.raises(ConfigError, match="exec of user 'u' gave no credentials"):
        login(kubeconfig=write(tmp_path, kubeconfig(user)))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"current-context": "three"}, "no context 'three'; it has one, two"),
        ({"current-context": ""}, "no context is current; name one (it has one, two)"),
        ({"clusters": []}, "has no cluster with a server"),
        ({"users": [{"name": "u", "user": {"token": "t", "as": "boss"}}]}, "acts 'as' another"),
        (
            {"clusters": [{"name": "c", "cluster": {"server": "https://x", "proxy-url": "socks5://p"}}]},
            "socks5",
        ),
    ],
)
def test_a_kubeconfig_that_cannot_be_used_says_why(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    path = write(tmp_path, {**kubeconfig({"token": "t"}), **change})
    with pytest.raises(ConfigError) as caught:
        login(kubeconfig=path)
    assert says in str(caught.value)
    assert path in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "a: [", "just text", "contexts: 3", "\x00"])
def test_a_file_that_is_no_kubeconfig_is_a_config_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(ConfigError):
        login(kubeconfig=str(path))


def test_no_login_at_all_names_the_ways_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\$KUBECONFIG"):
        login()
    with pytest.raises(ConfigError, match="no kubeconfig at"):
        login(kubeconfig=str(tmp_path / "missing"))
    with pytest.raises(ConfigError, match="context 'x'"):
        login(context="x")


# --- in a pod ---


@pytest.fixture
def account(tmp_path: Path) -> Path:
    folder = tmp_path / "serviceaccount"
    folder.mkdir()
    for name, text in (("token", "t1\n"), ("ca.crt", "CA"), ("namespace", "leadline")):
        (folder / name).write_text(text)
    return folder


POD = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}


def test_a_pod_uses_what_the_kubelet_mounted(account: Path) -> None:
    info = from_service_account(account, POD)
    assert (info.server, info.namespace, info.context) == ("https://10.0.0.1:443", "leadline", "")
    assert info.ca_file == str(account / "ca.crt")
    assert header(info) == "Bearer t1"


def test_an_address_of_ipv6_is_bracketed(account: Path) -> None:
    assert (
        from_service_account(account, {**POD, "KUBERNETES_SERVICE_HOST": "fd00::1"}).server
        == "https://[fd00::1]:443"
    )


def test_the_token_of_a_pod_is_read_again_each_time(account: Path) -> None:
    info = from_service_account(account, POD)
    (account / "token").write_text("t2")
    assert header(info) == "Bearer t2"


@pytest.mark.parametrize("missing", ["token", "ca.crt", "namespace"])
def test_an_incomplete_service_account_says_what_is_missing(account: Path, missing: str) -> None:
    (account / missing).unlink()
    with pytest.raises(ConfigError, match="service account cannot be used"):
        from_service_account(account, POD)


def test_a_token_that_vanished_or_is_empty_is_a_config_error(account: Path) -> None:
    (account / "token").write_text("\n")
    with pytest.raises(ConfigError, match="empty"):
        TokenFile(account / "token")(False)
    (account / "token").unlink()
    with pytest.raises(ConfigError, match="cannot be read"):
        TokenFile(account / "token")(False)


def test_nothing_secret_is_in_the_representation(tmp_path: Path) -> None:
    cluster = {"proxy-url": "http://me:s3cret@proxy:3128"}
    info = login(kubeconfig=write(tmp_path, kubeconfig({"token": "s3cret"}, cluster=cluster)))
    assert "s3cret" not in repr(info)
