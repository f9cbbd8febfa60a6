#!/bin/sh
# Installs the two frameworks that `cargo bench --bench serve -- others` compares with, into target/others. Needs npm,
# Python 3 with venv, and a C++ compiler where better-sqlite3 has no ready build.
set -eu
cd "$(dirname "$0")/../.."
others=target/others
mkdir -p "$others/bolt"
cp benches/others/bolt/package.json benches/others/bolt/app.js "$others/bolt/"
(cd "$others/bolt" && npm install --no-audit --no-fund)
[ -x "$others/venv/bin/python3" ] || python3 -m venv "$others/venv"
"$others/venv/bin/python3" -m pip install --quiet --disable-pip-version-check -r benches/others/slack_bolt/requirements.txt
