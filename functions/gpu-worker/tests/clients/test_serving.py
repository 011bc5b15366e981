"""The worker as a server: certificates instead of tokens, counters, an orderly end."""

import concurrent.futures
import http.client
import http.server
import json
import signal
import ssl
import subprocess
import threading
import unittest
import urllib.error
import urllib.request

from worker import Worker, headers, until


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def authority(folder, name):
    """A root certificate."""
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl(folder, "req", "-x509", *curve, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}")


def certificate(folder, name, root, usage):
    """A certificate that a root has signed."""
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    extensions = ["-addext", "subjectAltName=IP:127.0.0.1", "-addext", f"extendedKeyUsage={usage}", "-addext", "basicConstraints=CA:FALSE"]
    signer = ["-CA", f"{root}.pem", "-CAkey", f"{root}.key"]
    openssl(folder, "req", "-x509", *curve, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}", *extensions, *signer)


class Serving(unittest.TestCase):
    def start(self, *flags):
        self.worker = Worker("--gpu", "none", *flags, models=("duel",))
        self.addCleanup(self.worker.stop)

    def get(self, url, context=None):
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers()), timeout=10, context=context) as answer:
            return answer.read().decode()

    def test_callers_without_a_certificate_are_refused(self):
        self.start()
        folder = self.worker.folder
        authority(folder, "root")
        authority(folder, "other")
        certificate(folder, "server", "root", "serverAuth")
        certificate(folder, "client", "root", "clientAuth")
        certificate(folder, "stranger", "other", "clientAuth")
        self.worker.kill()
        files = ("--tls-certificate", folder / "server.pem", "--tls-key", folder / "server.key")
        self.worker.flags += (*files, "--tls-client-roots", folder / "root.pem")
        self.worker.start()
        self.assertTrue(self.worker.url.startswith("https://"))
        url = f"{self.worker.url}/v2/models/duel"

        def trust(name=None):
            context = ssl.create_default_context(cafile=folder / "root.pem")
            if name:
                context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
            return context

        self.assertEqual(json.loads(self.get(url, trust("client")))["name"], "duel")
        for context in (trust(), trust("stranger")):
            with self.assertRaises((urllib.error.URLError, OSError)):
                self.get(url, context)
        with self.assertRaises((http.client.HTTPException, OSError)):
            self.get(url.replace("https", "http"))

    def test_wrong_settings_are_named(self):
        for flags, said in (
            (("--tls-key", "/none.pem"), "TLS needs"),
            (("--tls-certificate", "/none.pem", "--tls-key", "/none.pem"), "/none.pem"),
            (("--callback-origin", "https://example.com"), "callbacks need --callback-secret"),
            (("--callback-secret", "secret"), "whsec_"),
        ):
            with self.assertRaisesRegex(AssertionError, f"(?s)the worker ended.*{said}"):
                Worker("--gpu", "none", *flags)

    def test_counters_are_for_prometheus(self):
        self.start("--metrics", "127.0.0.1:0")
        shape = json.loads(self.get(f"http://{self.worker.url}/v2/models/duel"))["inputs"][0]["shape"]
        shape[0] = 3
        count = 3 * shape[1] * shape[2] * shape[3]
        body = {"inputs": [{"name": "input", "shape": shape, "datatype": "INT16", "data": [0] * count}]}
        ask = urllib.request.Request(f"http://{self.worker.url}/v2/models/duel/infer", json.dumps(body).encode(), headers())
        urllib.request.urlopen(ask, timeout=10).close()
        with self.assertRaises(urllib.error.HTTPError):
            self.get(f"http://{self.worker.url}/v2/models/none")
        text = self.get(self.worker.facts["metrics"])
        for line in (
            'verdigris_worker_requests_total{route="/v2/models/{model}/infer",status="200"} 1',
            'verdigris_worker_requests_total{route="/v2/models/{model}",status="404"} 1',
            'verdigris_worker_batch_elements_sum{model="duel"} 3',
            'verdigris_worker_queue{model="duel"} 0',
            "verdigris_worker_jobs_open 0",
        ):
            self.assertIn(line, text.splitlines())

    def test_traces_continue_the_callers(self):
        spans = []

        class Collector(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                for resource in body["resourceSpans"]:
                    spans.extend(span for scope in resource["scopeSpans"] for span in scope["spans"])
                self.send_response(200)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector) as collector:
            threading.Thread(target=collector.serve_forever, daemon=True).start()
            self.start("--otlp", f"http://127.0.0.1:{collector.server_port}")
            trace, caller = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
            parent = headers() | {"traceparent": f"00-{trace}-{caller}-01"}
            url = f"http://{self.worker.url}/v2/models/duel"
            urllib.request.urlopen(urllib.request.Request(url, headers=parent), timeout=10).close()
            # The last spans are sent at the end.
            self.worker.process.terminate()
            self.worker.process.wait(20)
            collector.shutdown()
        (span,) = [span for span in spans if span["traceId"] == trace]
        self.assertEqual((span["name"], span["parentSpanId"]), ("request", caller))
        attributes = {a["key"]: next(iter(a["value"].values())) for a in span["attributes"]}
        self.assertEqual(attributes["http.route"], "/v2/models/{model}")
        self.assertEqual(int(attributes["http.response.status_code"]), 200)

    def test_what_is_in_flight_at_the_end_is_finished(self):
        delay = "max_batch_size: 64 dynamic_batching { max_queue_delay_microseconds: 1500000 }"
        self.start("--metrics", "127.0.0.1:0")
        self.worker.add("slow", self.worker.models / "duel/1/model.vdgn", delay)
        url = f"http://{self.worker.url}/v2/models/slow"

        def shape():
            try:
                return json.loads(self.get(url))["inputs"][0]["shape"]
            except urllib.error.HTTPError:
                return None

        until(shape)
        sides = [1, *shape()[1:]]
        count = sides[1] * sides[2] * sides[3]
        body = json.dumps({"inputs": [{"name": "input", "shape": sides, "datatype": "INT16", "data": [0] * count}]}).encode()

        def ask():
            with urllib.request.urlopen(urllib.request.Request(f"{url}/infer", body, headers()), timeout=10) as answer:
                return answer.status

        with concurrent.futures.ThreadPoolExecutor() as pool:
            waits = pool.submit(ask)
            until(lambda: 'queue{model="slow"} 1' in self.get(self.worker.facts["metrics"]))
            self.worker.process.send_signal(signal.SIGTERM)
            self.assertEqual(waits.result(), 200)
        self.assertEqual(self.worker.process.wait(10), 0)


if __name__ == "__main__":
    unittest.main()
