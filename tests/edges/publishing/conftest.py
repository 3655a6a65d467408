"""A real S3 server on loopback (moto's), which can be watched, told to refuse, and waited for."""

import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from werkzeug.serving import make_server

KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI-not-a-key",
    "AWS_REGION": "us-east-1",
}
_NUMBERS = count(1)
# Status and body for a request, instead of what the server would say; None lets it through.
Answer = tuple[str, str] | None


def refusal(status: str, code: str) -> tuple[str, str]:
    """An S3 error document."""
    return status, f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>"


@dataclass
class Cloud:
    """The server. ``before`` sees method and key of each request, and may answer it; ``after``
    sees them when it was answered, and may hold the answer back."""

    url: str = ""
    log: list[tuple[str, str]] = field(default_factory=list)
    before: Callable[[str, str], Answer] = lambda _method, _key: None
    after: Callable[[str, str], None] = lambda _method, _key: None
    client: Any = None
    busy: int = 0
    quiet: threading.Condition = field(default_factory=threading.Condition)

    def bucket(self) -> str:
        """A new one."""
        name = f"notas-{next(_NUMBERS)}"
        self.client.create_bucket(Bucket=name)
        self.log.clear()
        return name

    def objects(self, bucket: str) -> dict[str, bytes]:
        """Every object by its key, as another library reads it; what somebody who was killed has
        asked for is done by then."""
        with self.quiet:
            self.quiet.wait_for(lambda: self.busy == 0)
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        keys = [one["Key"] for page in pages for one in page.get("Contents", ())]
        found = {key: self.client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}
        self.log.clear()
        return found

    def head(self, bucket: str, key: str) -> tuple[str, str]:
        """Content-Type and Cache-Control."""
        found = self.client.head_object(Bucket=bucket, Key=key)
        return found["ContentType"], found["CacheControl"]

    def encoding(self, bucket: str, key: str) -> str:
        """Content-Encoding; empty where there is none."""
        found = self.client.head_object(Bucket=bucket, Key=key).get("ContentEncoding", "")
        return str(found)

    @property
    def environment(self) -> dict[str, str]:
        """What a publish needs to come here."""
        return {**KEYS, "AWS_ENDPOINT_URL": self.url}

    def uploads(self) -> list[str]:
        """Keys that were put, in the order in which that was asked for."""
        return [key for method, key in self.log if method == "PUT"]


@pytest.fixture(scope="session")
def _server() -> Iterator[Cloud]:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    cloud = Cloud()
    served = DomainDispatcherApplication(create_backend_app)
    lock = threading.Lock()

    def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        with cloud.quiet:
            cloud.busy += 1
        try:
            return answered(environ, start)
        finally:
            with cloud.quiet:
                cloud.busy -= 1
                cloud.quiet.notify_all()

    def answered(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        path = environ["PATH_INFO"].encode("latin-1").decode()
        key = path.removeprefix("/").partition("/")[2]
        with lock:
            cloud.log.append((method, key))
        answer = cloud.before(method, key)
        if answer is not None:
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            body = answer[1].encode()
            start(answer[0], [("content-length", str(len(body)))])
            return [body]
        found = list(served(environ, start))
        cloud.after(method, key)
        return found

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    cloud.url = f"http://127.0.0.1:{server.port}"
    cloud.client = _client(cloud.url)
    yield cloud
    server.shutdown()
    thread.join()
    server.server_close()
    cloud.client.close()


def _client(url: str) -> Any:
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=url,
        aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        region_name="us-east-1",
        config=Config(proxies={}),
    )


@pytest.fixture
def cloud(_server: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """The server, with nothing special about it; the environment names it."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in _server.environment.items():
        monkeypatch.setenv(name, value)
    _server.log.clear()
    yield _server
    _server.before = lambda _method, _key: None
    _server.after = lambda _method, _key: None
