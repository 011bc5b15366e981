"""Jobs: taken at once, idempotent by the caller's id, told of by callbacks that the public library for Standard Webhooks
verifies, kept over crashes; callbacks that nobody takes end as dead letters."""

import http.server
import json
import threading
import time
import unittest
import urllib.error
import urllib.request

from standardwebhooks.webhooks import Webhook

from worker import Worker, headers, until

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Receiver:
    """Takes callbacks, and answers with the statuses it is given, the last one for ever."""

    def __init__(self, *statuses):
        self.received, self.statuses = [], list(statuses)
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.received.append((self.path, dict(self.headers.items()), body))
                status = receiver.statuses.pop(0) if len(receiver.statuses) > 1 else receiver.statuses[0]
                self.send_response(status)
                self.send_header("location", f"{receiver.origin}/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def messages(self):
        """What was received, verified."""
        return [Webhook(SECRET).verify(body, {k.lower(): v for k, v in headers.items()}) for _, headers, body in self.received]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def request(points=2, value=1):
    data = [value] * (6 * points)
    return {
        "inputs": [
            {"name": "input", "shape": [points, 6, 1, 1], "datatype": "INT16", "data": data},
            {"name": "latent", "shape": [32], "datatype": "INT16", "data": [3] * 32},
        ]
    }


class JobsTest(unittest.TestCase):
    def setUp(self):
        self.receiver = Receiver(200)
        self.worker = None
        self.addCleanup(self.end)

    def start(self, *flags):
        secret = ("--callback-secret", SECRET, "--callback-origin", self.receiver.origin)
        pauses = ("--callback-pause", "1", "--callback-attempts", "2")
        self.worker = Worker("--gpu", "none", *secret, *pauses, *flags)

    def end(self):
        self.receiver.close()
        if self.worker:
            self.worker.stop()

    def call(self, method, path, body=None):
        body = None if body is None else json.dumps(body).encode()
        call = urllib.request.Request(f"http://{self.worker.url}{path}", body, headers(), method=method)
        try:
            with urllib.request.urlopen(call, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or "null")
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.load(refusal)

    def put(self, job, body, callback=None, model="atlas"):
        query = f"?callback={callback}" if callback else ""
        return self.call("PUT", f"/v2/models/{model}/jobs/{job}{query}", body)

    def until_done(self, job, field="status", wanted=("succeeded", "failed")):
        def is_done():
            self.shown = self.call("GET", f"/v2/jobs/{job}")[1]
            found = self.shown["callback"]["state"] if field == "callback" else self.shown["status"]
            return found in wanted

        until(is_done)
        return self.shown

    def test_a_job_is_taken_at_once_done_and_told_of(self):
        self.start()
        status, job = self.put("a-job:1", request(), f"{self.receiver.origin}/hook?x=1")
        self.assertEqual((status, job["status"], job["id"]), (202, "queued", "a-job:1"))
        self.until_done("a-job:1", "callback", ["delivered"])
        self.assertEqual(self.shown["status"], "succeeded")
        self.assertIn("exact", self.shown["engine"])
        at_once = self.call("POST", "/v2/models/atlas/infer", request())[1]
        self.assertEqual(self.call("GET", "/v2/jobs/a-job:1/answer"), (200, at_once))
        (message,) = self.receiver.messages()
        path, headers, _ = self.receiver.received[0]
        self.assertEqual(path, "/hook?x=1")
        self.assertEqual(headers["webhook-id"], f"a-job:1/succeeded/{self.shown['finished']}")
        self.assertEqual((message["type"], message["data"]["answer"]), ("job.succeeded", at_once))

    def test_the_same_id_is_the_same_job(self):
        self.start()
        first = self.put("same", request())[1]
        self.until_done("same")
        status, again = self.put("same", request())
        self.assertEqual((status, again["status"], again["created"]), (202, "succeeded", first["created"]))
        self.assertEqual(self.put("same", request(value=2))[0], 409)
        # Who is told was said at the first time.
        status, again = self.put("same", request(), f"{self.receiver.origin}/")
        self.assertEqual((status, again["callback"]), (202, None))

    def test_what_failed_by_what_was_asked_stays_so_and_what_failed_otherwise_is_begun_anew(self):
        self.start("--job-time-limit", "0")
        large = request(points=20_000)
        self.put("late", large, f"{self.receiver.origin}/")
        late = self.until_done("late", "callback", ["delivered"])
        self.assertEqual((late["status"], late["error"], late["refused"]), ("failed", "it took longer than 0 s", False))
        self.worker.kill()
        self.worker.flags = tuple(flag for flag in self.worker.flags if flag not in ("--job-time-limit", "0"))
        self.worker.start()
        self.assertEqual(self.put("late", large, f"{self.receiver.origin}/")[1]["status"], "queued")
        self.assertEqual(self.until_done("late", "callback", ["delivered"])["status"], "succeeded")
        self.assertEqual([message["type"] for message in self.receiver.messages()], ["job.failed", "job.succeeded"])
        self.put("range", request(value=300))
        self.assertTrue(self.until_done("range")["refused"])
        self.assertEqual(self.put("range", request(value=300))[1]["status"], "failed")

    def test_how_much_there_is_to_do_is_told_to_who_may_ask(self):
        self.start()
        self.assertEqual(self.call("GET", "/v2/load"), (200, 0))
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://{self.worker.url}/v2/load", timeout=10)
        self.assertEqual(refused.exception.code, 401)
        refused.exception.close()

    def test_what_cannot_be_done_is_refused_at_once(self):
        self.start()
        refused = lambda answer: (answer[0], answer[1]["error"])
        self.assertEqual(refused(self.put("x", request(), model="none")), (404, "no such model is served: none"))
        self.assertEqual(refused(self.put("x", {"inputs": []})), (400, "input `input` is missing"))
        self.assertEqual(self.put("x", {"inputs": 1})[0], 400)
        self.assertEqual(self.put("%20", request())[0], 400)
        self.assertEqual(self.put("a.b", request())[0], 400)
        self.assertEqual(self.put("x" * 129, request())[0], 400)
        for place in ("https://example.com/", "http://127.0.0.1:1/", f"{self.receiver.origin}@example.com/", "nowhere"):
            status, error = refused(self.put("x", request(), place))
            self.assertEqual(status, 400)
            self.assertIn("are not allowed", error)
        self.assertEqual(refused(self.call("GET", "/v2/jobs/x")), (404, "no job x is known"))
        self.assertEqual(self.call("GET", "/v2/jobs/x/answer")[0], 404)
        # What only running it can tell is told by the job.
        self.put("range", request(value=300), f"{self.receiver.origin}/")
        self.assertIn("300", self.until_done("range")["error"])
        self.until_done("range", "callback", ["delivered"])
        self.assertEqual(self.receiver.messages()[0]["type"], "job.failed")
        self.assertEqual(self.call("GET", "/v2/jobs/range/answer")[0], 409)

    def test_a_callback_is_tried_again_and_then_a_dead_letter(self):
        self.receiver.statuses[:] = [500, 200]
        self.start()
        self.put("later", request(), f"{self.receiver.origin}/later")
        self.assertEqual(self.until_done("later", "callback", ["delivered"])["callback"]["attempts"], 2)
        ids = {headers["webhook-id"] for _, headers, _ in self.receiver.received}
        self.assertEqual(ids, {f"later/succeeded/{self.shown['finished']}"}, "it is one message")
        self.assertEqual(len(self.receiver.messages()), 2)
        # A redirect could lead anywhere.
        self.receiver.statuses[:] = [302]
        self.put("never", request(), f"{self.receiver.origin}/never")
        shown = self.until_done("never", "callback", ["dead"])
        self.assertIn("302", shown["callback"]["error"])
        self.assertNotIn("/elsewhere", [path for path, *_ in self.receiver.received])
        self.assertEqual([job["id"] for job in self.call("GET", "/v2/dead-letters")[1]], ["never"])
        self.receiver.statuses[:] = [204]
        self.assertEqual(self.call("POST", "/v2/jobs/later/callback")[0], 404)
        self.assertEqual(self.call("POST", "/v2/jobs/never/callback")[0], 202)
        self.until_done("never", "callback", ["delivered"])
        self.assertEqual(self.call("GET", "/v2/dead-letters")[1], [])

    def test_jobs_survive_a_crash(self):
        # None is worked on: there is no place.
        self.start("--jobs-at-once", "0")
        for number in range(5):
            self.put(f"job-{number}", request(value=number), f"{self.receiver.origin}/{number}")
        self.worker.kill()
        self.worker.flags = self.worker.flags[:-2]
        self.worker.start()
        for number in range(5):
            self.until_done(f"job-{number}", "callback", ["delivered"])
        self.assertEqual({path for path, *_ in self.receiver.received}, {f"/{number}" for number in range(5)})
        # And what was told isn't told again.
        self.worker.kill()
        self.worker.start()
        self.put("one-more", request(), f"{self.receiver.origin}/more")
        self.until_done("one-more", "callback", ["delivered"])
        self.assertEqual(len(self.receiver.received), 6)

    def test_a_job_that_ends_the_worker_is_not_begun_for_ever_and_the_others_are_done(self):
        self.start()
        for model, delay in ("endless", 60_000_000), ("slow", 1_500_000):
            config = f"max_batch_size: 64 dynamic_batching {{ max_queue_delay_microseconds: {delay} }}"
            self.worker.add(model, self.worker.models / "atlas/1/model.vdgn", config)
            until(lambda: self.call("GET", f"/v2/models/{model}/ready")[0] == 200)
        self.put("fatal", request(), model="endless")
        self.put("innocent", request(), model="slow")
        # The third time each is alone, whichever comes first: there is time for the one that ends.
        for seconds in 0.5, 0.5, 5:
            time.sleep(seconds)
            self.worker.kill()
            self.worker.start()
        self.assertIn("the worker ended 3 times in the midst of it", self.until_done("fatal")["error"])
        self.assertEqual(self.until_done("innocent")["status"], "succeeded")

    def test_an_orderly_end_is_not_held_against_a_job(self):
        self.start("--drain-timeout", "1")
        slow = "max_batch_size: 64 dynamic_batching { max_queue_delay_microseconds: 3000000 }"
        self.worker.add("slow", self.worker.models / "atlas/1/model.vdgn", slow)
        until(lambda: self.call("GET", "/v2/models/slow/ready")[0] == 200)
        self.put("patient", request(), model="slow")
        for _ in range(4):
            time.sleep(0.3)
            self.worker.process.terminate()
            self.assertEqual(self.worker.process.wait(10), 0)
            self.worker.process.stdout.close()
            self.worker.start()
        # Nor is one that is cut short, as container runtimes do.
        for _ in range(4):
            time.sleep(0.3)
            self.worker.process.terminate()
            time.sleep(0.3)
            self.worker.kill()
            self.worker.start()
        self.assertEqual(self.until_done("patient")["status"], "succeeded")

    def test_too_many_jobs_are_refused(self):
        self.start("--jobs-at-once", "0", "--most-jobs", "2")
        self.assertEqual([self.put(str(number), request())[0] for number in range(3)], [202, 202, 429])
        self.assertEqual(self.put("1", request())[0], 202, "one that was taken is known")

    def test_too_many_bytes_are_refused_also_after_a_new_start(self):
        size = len(json.dumps(request()))
        self.start("--most-job-bytes", str(2 * size), "--jobs-at-once", "0")
        self.assertEqual(self.put("one", request())[0], 202)
        self.worker.kill()
        self.worker.start()
        status, refusal = self.put("large", request(points=9))
        self.assertEqual((status, refusal["error"]), (429, f"1024 jobs are waiting already, or {2 * size} bytes of their requests"))
        self.assertEqual([self.put(job, request())[0] for job in ("two", "three")], [202, 429])
        self.worker.kill()
        self.worker.flags = self.worker.flags[:-2]
        self.worker.start()
        self.until_done("one")
        self.until_done("two")
        self.assertEqual([self.put(job, request())[0] for job in ("three", "four")], [202, 202], "what is done waits no more")


if __name__ == "__main__":
    unittest.main()
