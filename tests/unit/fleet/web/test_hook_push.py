"""Which sources a push concerns, and when a hook is signed."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.fleet.web.hooks.push import Push, normalise, read_push
from ccloud_apply.fleet.web.hooks.signature import (
    MAX_AGE_S,
    verify_gitea,
    verify_github,
    verify_gitlab,
)

SECRET = "It's a Secret to Everybody"
NOW = 1_800_000_000.0


def test_the_signature_of_githubs_own_example_is_valid() -> None:
    # The example of GitHub's page "Validating webhook deliveries".
    told = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    headers = {"x-hub-signature-256": told}
    assert verify_github(headers, b"Hello, World!", SECRET, NOW)
    assert not verify_github(headers, b"Hello, World!\n", SECRET, NOW)
    assert not verify_github(headers, b"Hello, World!", SECRET + " ", NOW)
    assert not verify_github({"x-hub-signature-256": told[7:]}, b"Hello, World!", SECRET, NOW)
    sha1 = "sha1=" + hmac.new(SECRET.encode(), b"x", hashlib.sha1).hexdigest()
    assert not verify_github({"x-hub-signature": sha1}, b"x", SECRET, NOW)


def test_a_signature_of_forgejo_is_not_rescued_by_one_of_gitea() -> None:
    right = hmac.new(SECRET.encode(), b"body", hashlib.sha256).hexdigest()
    assert verify_gitea({"x-gitea-signature": right}, b"body", SECRET, NOW)
    assert verify_gitea({"x-forgejo-signature": right}, b"body", SECRET, NOW)
    both = {"x-forgejo-signature": "0" * 64, "x-gitea-signature": right}
    assert not verify_gitea(both, b"body", SECRET, NOW)


def test_a_token_of_gitlab_is_the_secret_itself() -> None:
    assert verify_gitlab({"x-gitlab-token": SECRET}, b"anything", SECRET, NOW)
    assert not verify_gitlab({"x-gitlab-token": SECRET[:-1]}, b"anything", SECRET, NOW)


def test_a_signing_token_of_gitlab_signs_id_time_and_body() -> None:
    key = bytes(range(24))
    secret = "whsec_" + base64.b64encode(key).decode()

    def sign(sent_at: str, body: bytes) -> dict[str, str]:
        digest = hmac.new(key, f"msg_1.{sent_at}.".encode() + body, hashlib.sha256).digest()
        signature = "v1," + base64.b64encode(digest).decode()
        return {
            "webhook-id": "msg_1",
            "webhook-timestamp": sent_at,
            "webhook-signature": f"v1,xxxx {signature}",
        }

    fresh = str(int(NOW))
    assert verify_gitlab(sign(fresh, b"body"), b"body", secret, NOW)
    assert not verify_gitlab(sign(fresh, b"body"), b"other", secret, NOW)
    assert not verify_gitlab({**sign(fresh, b"body"), "webhook-id": "msg_2"}, b"body", secret, NOW)
    for old in (NOW - MAX_AGE_S - 1, NOW + MAX_AGE_S + 1):
        assert not verify_gitlab(sign(str(int(old)), b"body"), b"body", secret, NOW)
    for strange in ("", "nan", "inf", "soon"):
        assert not verify_gitlab(sign(strange, b"body"), b"body", secret, NOW)
    assert not verify_gitlab({"x-gitlab-token": secret}, b"body", secret, NOW)
    assert not verify_gitlab(sign(fresh, b"body"), b"body", "whsec_!", NOW)


def test_nobody_signs_with_the_empty_key_of_a_signing_token_that_was_cut_off() -> None:
    digest = hmac.new(b"", f"msg_1.{NOW:.0f}.body".encode(), hashlib.sha256).digest()
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": f"{NOW:.0f}",
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }
    assert not verify_gitlab(headers, b"body", "whsec_", NOW)


def test_a_token_of_gitlab_may_have_any_letters() -> None:
    sent = "gr\u00fc\u00dfe".encode().decode("latin-1")  # as a server gives the bytes of a header
    assert verify_gitlab({"x-gitlab-token": sent}, b"anything", "gr\u00fc\u00dfe", NOW)
    assert not verify_gitlab({"x-gitlab-token": "gr\u20ac"}, b"anything", "gr\u00fc", NOW)


@pytest.mark.parametrize("verify", [verify_github, verify_gitea, verify_gitlab])
@pytest.mark.parametrize("secret", [SECRET, "whsec_AAAA"])
def test_a_hook_without_a_signature_is_not_valid(verify: Any, secret: str) -> None:
    assert not verify({}, b"{}", secret, NOW)


@pytest.mark.parametrize(
    "address",
    [
        "https://git.example.com/ops/stacks.git",
        "https://anna:pw@git.example.com/ops/stacks",
        "https://GIT.example.com:8443/Ops/stacks.git/",
        "ssh://git@git.example.com:2222/ops/stacks.git",
        "git@git.example.com:ops/stacks.git",
        "git://git.example.com/ops/stacks",
    ],
)
def test_an_address_is_the_same_by_whatever_protocol_and_user(address: str) -> None:
    assert normalise(address) == "git.example.com/ops/stacks"


@pytest.mark.parametrize(
    "address", ["", "/", "stacks", "./a:b", "https://", "https://[::1", "https:///x"]
)
def test_what_has_no_host_and_is_no_path_is_no_repository(address: str) -> None:
    assert normalise(address) is None


@pytest.mark.parametrize("address", ["/srv/git/stacks.git", "file:///srv/git/stacks"])
def test_a_repository_of_this_machine_is_known_by_its_path(address: str) -> None:
    assert normalise(address) == "/srv/git/stacks"


@given(st.text())
def test_any_text_is_an_address_or_none(text: str) -> None:
    assert normalise(text) is None or isinstance(normalise(text), str)


def push(ref: str | None, default_branch: str | None = "main") -> Push:
    return Push(
        repositories=frozenset({"git.example.com/ops/stacks"}),
        ref=ref,
        default_branch=default_branch,
    )


@pytest.mark.parametrize(
    ("ref", "source_ref", "expected"),
    [
        ("refs/heads/main", "main", True),
        ("refs/heads/main", "refs/heads/main", True),
        ("refs/heads/dev", "main", False),
        ("refs/heads/feature/main", "main", False),
        ("refs/tags/v1", "v1", True),
        ("refs/heads/main", "HEAD", True),
        ("refs/heads/dev", "HEAD", False),
        (None, "main", True),
    ],
)
def test_a_push_concerns_the_source_of_its_branch(
    ref: str | None, source_ref: str, expected: bool
) -> None:
    git = "git@git.example.com:ops/stacks.git"
    assert push(ref).concerns(git, source_ref) is expected
    assert not push(ref).concerns("git@git.example.com:ops/other.git", source_ref)
    assert not push(ref).concerns("/srv/git/stacks", source_ref)


def test_a_push_whose_default_branch_is_not_told_may_concern_head() -> None:
    assert push("refs/heads/dev", None).concerns("https://git.example.com/ops/stacks", "HEAD")


def test_bodies_of_each_host_tell_repository_branch_and_default_branch() -> None:
    github = {
        "ref": "refs/heads/main",
        "repository": {
            "clone_url": "https://github.example/ops/stacks.git",
            "ssh_url": "git@github.example:ops/stacks.git",
            "default_branch": "main",
        },
    }
    gitlab = {
        "object_kind": "push",
        "ref": "refs/heads/main",
        "project": {
            "git_http_url": "https://gitlab.example/ops/stacks.git",
            "default_branch": "main",
        },
        "repository": {"git_ssh_url": "git@gitlab.example:ops/stacks.git"},
    }
    for body, host in ((github, "github.example"), (gitlab, "gitlab.example")):
        found = read_push(json.dumps(body).encode())
        assert found == Push(
            repositories=frozenset({f"{host}/ops/stacks"}),
            ref="refs/heads/main",
            default_branch="main",
        )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b"payload=%7B%7D",
        b"[" * 100_000,
    ],
)
def test_a_body_that_is_no_object_of_json_is_none(body: bytes) -> None:
    assert read_push(body) is None


@pytest.mark.parametrize(
    "body", [b"{}", b'{"repository": 1}', b'{"repository": {"clone_url": ["x"]}}', b'{"ref": 1}']
)
def test_a_body_that_names_no_repository_concerns_nobody(body: bytes) -> None:
    found = read_push(body)
    assert found is not None
    assert not found.concerns("https://git.example.com/ops/stacks", "main")
    assert not found.concerns("", "HEAD")
