"""A local server answers its own page, and nobody else."""

import http.client
import json
import socket
import struct
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest
from e2e.dashboard import cases, live_cases

from pellucid import PellucidError
from pellucid.dashboard.gate import HEADERS, MOST_BYTES, Bucket
from pellucid.dashboard.server import Server
from pellucid.dashboard.session import Session

OURS = {"x-pellucid": "1"}


@pytest.fixture(scope="module")
def server():
    model, explanation = live_cases.moody()
    with Server(Session(explanation, model=model)) as started:
        yield started


@pytest.fixture
def client(server):
    """A browser that has opened the link."""
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", headers=OURS) as opened:
        assert opened.get(server.new_link()).status_code == 200
        yield opened


def unpack(content):
    length = struct.unpack_from("<I", content)[0]
    return json.loads(content[4 : 4 + length])


def test_page_is_its_own_and_may_load_nothing_else(client):
    page = client.get("/")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; connect-src 'self'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    for name, value in HEADERS:
        assert page.headers[name.decode()] == value.decode()
    assert "server" not in page.headers
    assert not [name for name in page.headers if name.startswith("access-control")]


def test_cookie_can_be_neither_read_nor_sent_by_others(server):
    said = httpx.get(server.new_link()).headers["set-cookie"]
    assert said.endswith("; Path=/; HttpOnly; SameSite=Strict")
    assert said.startswith(f"pellucid_{server.port}=")


def test_row_is_answered_in_all_bits(client):
    explanation = live_cases.moody()[1]
    answer = client.post("/call/row", json={"row": 7, "output": 0})
    found = unpack(answer.content)
    assert found["values"] == explanation.values[7, :, 0].tolist()
    assert found["prediction"] == explanation.predictions[7, 0]
    by_label = client.post("/call/row", json={"label": "7", "output": 0})
    assert unpack(by_label.content) == found


@pytest.mark.parametrize("path", ["/manifest", "/chunk/label", "/page.js"])
def test_nothing_without_the_cookie(server, path):
    answer = httpx.get(f"http://127.0.0.1:{server.port}{path}", headers=OURS)
    assert answer.status_code == 403
    assert "open the link" in answer.text


def test_page_without_a_link_says_what_to_do(server):
    answer = httpx.get(f"http://127.0.0.1:{server.port}/")
    assert answer.status_code == 403
    assert "open the link" in answer.text
    assert "set-cookie" not in answer.headers


def test_link_works_once(server):
    link = server.new_link()
    assert httpx.get(link).status_code == 200
    again = httpx.get(link)
    assert again.status_code == 403
    assert "set-cookie" not in again.headers


@pytest.mark.parametrize("token", ["", "x" * 43, "%00", "../", "é"])
def test_guessed_tokens_open_nothing(server, token):
    answer = httpx.get(f"http://127.0.0.1:{server.port}/", params={"token": token})
    assert answer.status_code == 403


@pytest.mark.parametrize("cookie", ["{name}=", "{name}=x", "{name}", "other={name}", "{name}=é"])
def test_guessed_cookies_open_nothing(server, cookie):
    said = cookie.format(name=f"pellucid_{server.port}").encode()
    answer = httpx.get(f"http://127.0.0.1:{server.port}/manifest", headers={**OURS, "cookie": said})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "host",
    [
        "attacker.example",
        "attacker.example:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "localhost.:{port}",
    ],
)
def test_names_that_point_here_are_refused(client, server, host):
    """DNS rebinding: a page of another site whose name now means this machine."""
    answer = client.get("/manifest", headers={"host": host.format(port=server.port)})
    assert answer.status_code == 421


def test_two_hosts_or_none_are_refused(client, server):
    cookie = client.cookies[f"pellucid_{server.port}"]
    for hosts in ([], [f"127.0.0.1:{server.port}", "attacker.example"]):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.putrequest("GET", "/manifest", skip_host=True)
        for host in hosts:
            connection.putheader("Host", host)
        connection.putheader("Cookie", f"pellucid_{server.port}={cookie}")
        connection.putheader("x-pellucid", "1")
        connection.endheaders()
        assert connection.getresponse().status in {400, 421}
        connection.close()


@pytest.mark.parametrize("origin", ["https://attacker.example", "null", "http://127.0.0.1:1", ""])
def test_other_origins_are_refused(client, origin):
    answer = client.post("/call/row", json={"row": 0, "output": 0}, headers={"origin": origin})
    assert answer.status_code == 403


def test_the_own_origin_is_not(client, server):
    origin = {"origin": f"http://127.0.0.1:{server.port}", "sec-fetch-site": "same-origin"}
    assert client.post("/call/row", json={"row": 0, "output": 0}, headers=origin).is_success


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_pages_of_other_sites_and_ports_are_refused(client, site):
    for path in ("/manifest", "/page.js", "/"):
        assert client.get(path, headers={"sec-fetch-site": site}).status_code == 403


def test_a_request_that_any_page_could_send_is_refused(client):
    assert client.get("/manifest", headers={"x-pellucid": ""}).status_code == 403
    plain = client.post("/call/row", content="{}", headers={"content-type": "text/plain"})
    assert plain.status_code == 415
    preflight = client.options("/call/row", headers={"origin": "https://attacker.example"})
    assert preflight.status_code == 403
    assert not [name for name in preflight.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "/chunk/../../etc/passwd",
        "/chunk/..%2f..%2fetc%2fpasswd",
        "/chunk/%2e%2e/manifest.json",
        "/chunk//etc/passwd",
        "/chunk/label%00",
        "/chunk/contribution/0/99",
        "/chunk/contribution/-1/0",
        "/chunk/contribution/0/0/0",
        "/chunk/dots/dots/value/0",
        "/chunk/__class__",
        "/call/__init__",
        "/server.py",
        "/front/mount.js",
    ],
)
def test_paths_lead_nowhere(client, server, path):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    cookie = client.cookies[f"pellucid_{server.port}"]
    headers = {**OURS, "cookie": f"pellucid_{server.port}={cookie}"}
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    assert answer.status in {400, 404, 405}
    assert b"root:" not in answer.read()
    connection.close()


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("answer", {}),
        ("__init__", {}),
        ("row", []),
        ("row", {}),
        ("row", {"row": -1, "output": 0}),
        ("row", {"row": 60, "output": 0}),
        ("row", {"row": 1.5, "output": 0}),
        ("row", {"row": True, "output": 0}),
        ("row", {"row": "0", "output": 0}),
        ("row", {"row": 0, "output": 1}),
        ("row", {"label": "nobody", "output": 0}),
        ("predict", {"row": 0, "changes": []}),
        ("predict", {"row": 0, "changes": {"9": 1}}),
        ("predict", {"row": 0, "changes": {"x": 1}}),
        ("predict", {"row": 0, "changes": {"0": "1"}}),
        ("predict", {"row": 0, "changes": {"0": None}}),
        ("predict", {"row": 0, "changes": {"0": 1e999}}),
        ("ice", {"row": 0, "input": 3, "output": 0}),
        ("pdp", {"feature": 99, "output": 0}),
    ],
)
def test_questions_that_make_no_sense_are_answered_in_a_sentence(client, method, params):
    text = json.dumps(params)
    answer = client.post(
        f"/call/{method}", content=text, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400
    assert 10 < len(answer.text) < 200
    assert answer.text.count("\n") == 1
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("text", ["", "{", "NaN", '{"row": NaN}', "[" * 30_000])
def test_what_is_no_json_is_refused(client, text):
    answer = client.post("/call/row", content=text, headers={"content-type": "application/json"})
    assert answer.status_code == 400


def test_long_questions_are_refused_before_they_are_read(client):
    """Whether they say how long they are, or not."""
    told = {"content-type": "application/json"}
    long = b" " * (MOST_BYTES + 1)
    assert client.post("/call/row", content=long, headers=told).status_code == 413
    parts = (long[:1000] for _ in range(100))
    assert client.post("/call/row", content=parts, headers=told).status_code == 413


def test_too_many_requests_are_refused_until_later():
    explanation = cases.explanation_of(20, 3)
    with Server(Session(explanation), bucket=Bucket(0.001, 5)) as server:
        link = server.new_link()
        codes = [httpx.get(link).status_code for _ in range(7)]
    assert codes == [200, 403, 403, 403, 403, 429, 429]


def test_bucket_fills_again(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    bucket = Bucket(rate=2, most=3)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    now[0] += 0.5
    assert [bucket.take(), bucket.take()] == [True, False]
    now[0] += 1000
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def test_without_a_model_nothing_is_predicted():
    with Server(Session(cases.explanation_of(20, 3))) as server:
        home = f"http://127.0.0.1:{server.port}"
        with httpx.Client(base_url=home, headers=OURS) as client:
            client.get(server.new_link())
            assert client.get("/manifest").json()["calls"] == [
                "row",
                "density",
                "bands",
                "pick",
                "page",
                "table",
                "cohort",
                "aggregates",
            ]
            answer = client.post("/call/predict", json={"row": 0})
    assert answer.status_code == 400
    assert answer.text == "this dashboard does not answer 'predict'\n"


def test_a_raising_model_is_told_of_in_a_sentence():
    model, explanation = live_cases.moody()
    with Server(Session(explanation, model=model)) as server:
        home = f"http://127.0.0.1:{server.port}"
        with httpx.Client(base_url=home, headers=OURS) as client:
            client.get(server.new_link())
            model.mood = "raises"
            answer = client.post("/call/predict", json={"row": 0})
            assert answer.status_code == 422
            assert "ValueError: the <b>service</b> of the model is gone\n" in answer.text
            assert "and more" not in answer.text
            assert answer.headers["content-type"].startswith("text/plain")
            model.mood = "well"
            assert client.post("/call/predict", json={"row": 0}).is_success


def test_serves_this_machine_alone(server):
    assert server._socket.getsockname()[0] == "127.0.0.1"


def test_a_taken_port_is_said():
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    with pytest.raises(PellucidError, match=f"port {port} is not free"):
        Server(Session(cases.explanation_of(5, 2)), port=port)
    taken.close()


def test_columns_are_whole_and_exact(client):
    explanation = live_cases.moody()[1]
    chunk = client.get("/chunk/contribution/0/1").content
    assert chunk[0] == 7
    assert np.array_equal(np.frombuffer(chunk[16:], "<f8"), explanation.values[:, 1, 0])


def test_a_server_that_stops_says_so_to_who_still_waits(caplog):
    asked, over = threading.Event(), threading.Event()

    def wait(*_question):
        asked.set()
        over.wait(30)
        return {}

    session = Session(live_cases.moody()[1])
    session.answer = wait
    with Server(session) as stopping, httpx.Client(headers=OURS, timeout=30) as waiting:
        waiting.get(stopping.new_link())
        with ThreadPoolExecutor(1) as pool:
            url = f"http://127.0.0.1:{stopping.port}/call/row"
            answer = pool.submit(waiting.post, url, json={})
            assert asked.wait(30)
            stopping.stop()
            assert answer.result().status_code == 503
            over.set()
    assert not [record for record in caplog.records if record.exc_info]
