# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

"""The service of examples/operations, scraped by a real Prometheus with the alerts and the queries of docs/."""

import json
import os
import re
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

from check_board import queries

DOCS = os.environ["DOCS"]

# What the service gives no cause for: a command within the time of a rate, a fleet's metrics, trials that go on at
# the moment of a scrape, and breakers made from a text.
SILENT = ("reason=\"command\"", "fluxgate_fleet_", "trials_under_way", "fluxgate_circuit_breaker_info")


def read(path):
    with open(os.path.join(DOCS, path), encoding="utf-8") as file:
        return file.read()


def get(url):
    with urllib.request.urlopen(url, timeout=10) as response:
        return json.load(response)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Scraped(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        service = subprocess.Popen(
            [os.environ["OPERATIONS"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(service.communicate, "")
        cls.service = service.stdout.readline().strip()
        cls.command("idle", "metrics_only")

        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        # Minutes become seconds, so that nobody has to wait for them.
        alerts, count = re.subn(r"\bfor: \d+[mh]$", "for: 1s", read("alerts.yml"), flags=re.MULTILINE)
        assert count >= 6, "docs/alerts.yml waits for nothing"
        rules = os.path.join(folder.name, "alerts.yml")
        settings = os.path.join(folder.name, "prometheus.yml")
        with open(rules, "w", encoding="utf-8") as file:
            file.write(alerts)
        with open(settings, "w", encoding="utf-8") as file:
            # JSON is YAML.
            json.dump({"global": {"scrape_interval": "500ms", "evaluation_interval": "1s"},
                       "rule_files": [rules],
                       "scrape_configs": [{"job_name": "shop", "static_configs": [
                           {"targets": [urllib.parse.urlsplit(cls.service).netloc]}]}]}, file)
        port = free_port()
        prometheus = subprocess.Popen(
            [os.environ["PROMETHEUS"], f"--config.file={settings}", f"--storage.tsdb.path={folder.name}/data",
             f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"])
        cls.addClassCleanup(prometheus.wait)
        cls.addClassCleanup(prometheus.terminate)
        cls.url = f"http://127.0.0.1:{port}/api/v1/"

    @classmethod
    def command(cls, name, command):
        request = urllib.request.Request(
            cls.service + "circuit-breakers/" + name, json.dumps({"command": command}).encode(),
            {"Authorization": "Bearer secret"})
        urllib.request.urlopen(request, timeout=10).close()

    def wait(self, condition, what, seconds=90):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                left = condition()
            except OSError as error:  # it is starting
                left = error
            if not left:
                return
            time.sleep(0.5)
        self.fail(f"{what}: {left}")

    def ask(self, query):
        answer = get(self.url + "query?" + urllib.parse.urlencode({"query": query}))
        self.assertEqual(answer["status"], "success", query)
        return answer["data"]["result"]

    def test_each_query_of_the_board_has_an_answer(self):
        board = queries(json.loads(read("grafana-board.json")))
        plain = [query.replace("$__rate_interval", "10s").replace("$name", ".*").replace("$job", ".*")
                 for query in board]
        asked = [query for query in plain if not any(part in query for part in SILENT)]
        self.assertGreater(len(asked), 15)
        self.wait(lambda: [query for query in asked if not self.ask(query)], "no answer to")
        for query in plain:
            self.ask(query)

    def test_the_alerts_are_raised_by_what_they_are_for(self):
        def firing():
            return {(alert["labels"]["alertname"], alert["labels"].get("name"))
                    for alert in get(self.url + "alerts")["data"]["alerts"] if alert["state"] == "firing"}
        expected = {("CircuitBreakerOpen", "failing"), ("CircuitBreakerOpenEverywhere", "failing"),
                    ("CircuitBreakerRejectsCalls", "failing"), ("CircuitBreakerLeftToCommand", "idle")}
        seen = set()

        def missing():
            seen.update(firing())
            return expected - seen
        self.wait(missing, "not raised")
        self.assertNotIn("healthy", {name for _, name in seen})
        for group in get(self.url + "rules")["data"]["groups"]:
            for rule in group["rules"]:
                self.assertEqual(rule["health"], "ok", rule["name"])


if __name__ == "__main__":
    unittest.main()
