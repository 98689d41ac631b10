# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

"""Has promtool parse every query of docs/grafana-board.json.

    check_board.py PROMTOOL BOARD
"""

import json
import subprocess
import sys
import tempfile


def queries(part):
    """Returns all that Prometheus is asked, wherever it stands in the board."""
    if isinstance(part, dict):
        found = [value for key, value in part.items() if key == "expr"]
        return found + [query for value in part.values() for query in queries(value)]
    if isinstance(part, list):
        return [query for value in part for query in queries(value)]
    return []


def main():
    promtool, board = sys.argv[1:]
    with open(board, encoding="utf-8") as file:
        found = queries(json.load(file))
    if len(found) < 10:
        sys.exit(f"{board} asks for {len(found)} things only")
    plain = [query.replace("$__rate_interval", "5m").replace("$name", ".*").replace("$job", ".*") for query in found]
    rules = [{"record": "query", "expr": query, "labels": {"number": str(number)}}
             for number, query in enumerate(plain)]
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        # JSON is YAML.
        json.dump({"groups": [{"name": "board", "rules": rules}]}, file)
        file.flush()
        sys.exit(subprocess.run([promtool, "check", "rules", file.name], check=False).returncode)


if __name__ == "__main__":
    main()
