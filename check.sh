#!/usr/bin/env bash
# Everything that must be green before a change is merged: format, lints, all tests, the documentation.
#
# On Debian and Ubuntu it installs what is missing; elsewhere it names it. It asks nothing, writes
# nothing into the source tree but target/, and may be called from any directory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
exec </dev/null

export DEBIAN_FRONTEND=noninteractive
export CARGO_NET_RETRY="${CARGO_NET_RETRY:-5}"
# A colourless log reads better in a file; a terminal keeps its colours.
if [ -n "${CI:-}" ] || [ ! -t 1 ]; then export CARGO_TERM_COLOR=never NO_COLOR=1; fi
# A build machine starts from nothing, so what incremental compilation keeps for next time would only cost.
if [ -n "${CI:-}" ]; then export CARGO_INCREMENTAL=0; fi
# A snapshot is changed by a person who looked at it (`cargo insta review`), never by a check.
export CI="${CI:-1}" INSTA_UPDATE=no
unset INSTA_FORCE_PASS
# rustup's usual place, for shells that did not read its profile.
export PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"

step_number=0
step_name=""
all_done=""

# step HEADLINE COMMAND...: runs the command under a numbered headline and says how long it took.
step() {
    step_name=$1
    shift
    step_number=$((step_number + 1))
    local began=$SECONDS
    printf '\n==> %d. %s\n' "$step_number" "$step_name"
    "$@"
    printf '    %d. done in %d s\n' "$step_number" $((SECONDS - began))
}

finish() {
    local build
    for build in $(jobs -rp); do kill -- "-$build" || true; done
    stop_postgres
    # Not the exit code: a signal may come while it is still 0.
    if [ -n "$all_done" ]; then
        printf '\ncheck.sh: all %d steps passed in %d s\n' "$step_number" "$SECONDS"
    else
        printf '\ncheck.sh: step %d (%s) FAILED, %d s after the start\n' "$step_number" "$step_name" "$SECONDS" >&2
    fi
}

die() {
    printf 'check.sh: %s\n' "$*" >&2
    exit 1
}

# --- What the machine must have -----------------------------------------------------------------------------------

missing=()

# need PACKAGE COMMAND...: the Debian package is missing when the command fails.
need() {
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || missing+=("$package")
}

any_of() {
    local name
    for name in "$@"; do
        if command -v "$name"; then return 0; fi
    done
    return 1
}

all_of() {
    local name
    for name in "$@"; do command -v "$name" || return 1; done
}

any_file() {
    local path
    for path in "$@"; do
        if [ -e "$path" ]; then return 0; fi
    done
    return 1
}

# Compared as text and not through `grep -q`, which would break the pipe and, under pipefail, the answer.
font_for() { [ -n "$(fc-list "$1" family)" ]; }

# Every program that this script, the build or a test starts; a rule in tests/tidy compares. Most of them are on any
# machine, but not in any container.
find_missing() {
    missing=()
    need coreutils all_of chown env head id mktemp nice sleep sort
    need diffutils command -v cmp
    need findutils command -v find
    need sed command -v sed
    # A shell for lines that tests run; limits for a process that runs; another user for a server that refuses root.
    need dash command -v sh
    need util-linux all_of chrt prlimit runuser
    # SQLite and ring are compiled from C.
    need build-essential command -v cc
    need pkg-config any_of pkg-config pkgconf
    need ca-certificates any_file /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs /etc/ssl/cert.pem
    need git command -v git
    # Slack's own SDK is run against the stand-in from a virtual environment, and linters look at deploy/.
    need python3 command -v python3
    need python3-venv python3 -c 'import ensurepip, venv'
    # The stand-in's page is clicked in a real browser, with Chinese and emoji on it.
    need "$chromium_package" any_of chromium chromium-browser google-chrome
    need "$chromedriver_package" command -v chromedriver
    need fontconfig command -v fc-list
    need fonts-noto-cjk font_for :lang=zh-cn
    need fonts-noto-color-emoji font_for :lang=und-zsye
    # The page's own tests, and Slack's SDK for Node, which the kill tests compare with.
    need nodejs command -v node
    need npm command -v npm
    # Some tests stop and freeze a server of their own, and give it a certificate.
    need postgresql postgres_programs
    need openssl command -v openssl
    need procps command -v pgrep
    # It looks at the unit; systemd itself need not run.
    need systemd command -v systemd-analyze
    # promtool reads the metrics, the alert rules and their tests.
    need prometheus command -v promtool
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 1 ]; }; then
        sudo "$@"
    else
        die "this needs root, and sudo is not available without a password. Run as root: $*"
    fi
}

install_missing() {
    chromium_package=chromium chromedriver_package=chromium-driver
    # Ubuntu's names are others.
    if grep -qs '^ID=ubuntu' /etc/os-release; then
        chromium_package=chromium-browser chromedriver_package=chromium-chromedriver
    fi
    find_missing
    # It is not part of the project, and what needs it passes without it.
    if [ ! -e "${BALEFIRE_SHARED:-../shared}/slack/methods.json" ]; then
        echo "    without Slack's reference data: the tests that compare with it have nothing to compare"
    fi
    if [ "${#missing[@]}" = 0 ]; then
        echo "    nothing is missing"
        return
    fi
    if ! command -v apt-get >/dev/null; then
        die "please install what these Debian packages hold: ${missing[*]}"
    fi
    echo "    installing: ${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=3 update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 \
        -o DPkg::Lock::Timeout=300 install --no-install-recommends "${missing[@]}"
    find_missing
    [ "${#missing[@]}" = 0 ] || die "still missing after the installation: ${missing[*]}"
}

check_rust() {
    command -v cargo >/dev/null || die "Rust is missing. Install it with rustup, see https://rustup.rs, then run this again"
    local wanted found
    wanted=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
    found=$(rustc --version | cut -d ' ' -f 2)
    if [ "$(printf '%s\n%s\n' "$wanted" "${found%%-*}" | sort -V | head -n 1)" != "$wanted" ]; then
        die "Rust $wanted or newer is needed, this is $found. Run: rustup update stable"
    fi
    local component
    for component in rustfmt clippy; do
        if ! cargo "${component/rustfmt/fmt}" --version >/dev/null 2>&1; then
            command -v rustup >/dev/null || die "$component is missing. Install it beside rustc $found"
            rustup component add "$component"
        fi
    done
    echo "    rustc $found"
}

# --- Postgres, for the tests that run on both engines ---------------------------------------------------------------
# A server of its own in a temporary directory, reached through a socket there and gone at the end: no server that is
# already on this machine is touched. Tests find it in BALEFIRE_TEST_POSTGRES_URL; whoever sets that variable brings
# a server along.

postgres_dir=""

uses_postgres() { [ -z "${BALEFIRE_TEST_POSTGRES_URL:-}" ] && grep -rqs BALEFIRE_TEST_POSTGRES_URL tests src; }

# The server's programs are not on Debian's PATH.
postgres_programs() { PATH="$PATH:$(newest_postgres)" command -v initdb; }

newest_postgres() { find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1; }

# The server refuses to run as root; Debian's package brings a user for it.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then
        runuser -u postgres -- env PATH="$PATH:$(newest_postgres)" "$@"
    else
        env PATH="$PATH:$(newest_postgres)" "$@"
    fi
}

start_postgres() {
    # Not in target/: a socket's path may have 107 bytes at most, and a clone may lie deep.
    postgres_dir=$(mktemp -d "${TMPDIR:-/tmp}/balefire-postgres.XXXXXX")
    if [ "$(id -u)" = 0 ]; then chown postgres: "$postgres_dir"; fi
    (
        cd "$postgres_dir"
        as_postgres initdb --auth=trust --username=balefire --encoding=UTF8 --locale=C --no-sync data >initdb.log
        # Tests ask for what is committed, not for what survives a power cut.
        as_postgres pg_ctl --wait --log=server.log --pgdata=data \
            --options="-k '$postgres_dir' -c listen_addresses='' -c fsync=off -c max_connections=200" start >pg_ctl.log
    )
    export BALEFIRE_TEST_POSTGRES_URL="postgres://balefire@localhost/postgres?host=$postgres_dir"
    echo "    a server of our own at $postgres_dir"
}

stop_postgres() {
    if [ -n "$postgres_dir" ]; then
        (cd "$postgres_dir" && as_postgres pg_ctl --mode=immediate --pgdata=data stop >/dev/null) || true
        rm -rf "$postgres_dir"
    fi
}

# --- The checks ------------------------------------------------------------------------------------------------------

# The virtual environment is kept until its requirements change.
python_environment() {
    local requirements=tests/requirements.txt
    if ! cmp -s "$requirements" target/venv/requirements.txt || ! target/venv/bin/python3 -c ''; then
        rm -rf target/venv
        python3 -m venv target/venv
        target/venv/bin/python3 -m pip install --quiet --disable-pip-version-check --retries 5 -r "$requirements"
        cp "$requirements" target/venv/requirements.txt
    fi
    target/venv/bin/python3 -m pip list --disable-pip-version-check --format=freeze
}

# As the lock file says, and kept until it changes.
node_packages() {
    local lock=tests/kills/sdk/package-lock.json
    if ! cmp -s "$lock" target/node/installed.json; then
        rm -rf target/node
        mkdir -p target/node
        cp tests/kills/sdk/package.json "$lock" target/node/
        npm ci --prefix target/node --no-audit --no-fund --loglevel=error --fetch-retries=5
        cp "$lock" target/node/installed.json
    fi
    npm ls --prefix target/node --depth=0
}

# The simulation is optimised a little, so that it plays twice as many histories in a minute. The program that comes with
# it stays apart from the one that the tests start; what both are made of is shared.
optimised=(
    env CARGO_PROFILE_DEV_OPT_LEVEL=1
    CARGO_TARGET_DIR=target/simulation CARGO_BUILD_BUILD_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
    cargo test --locked --test simulation
)

# Most tests wait for something: the simulation is compiled beside them, with what they leave of the cores. Cargo lets no
# other build begin before it starts the first test. Should that take longer than the pause here, the tests wait for the
# build, and nothing but time is lost.
tests() {
    set -m # A process group of its own, which `finish` ends as a whole.
    (sleep 10 && exec nice -n 19 "${optimised[@]}" --no-run) >target/simulation.log 2>&1 &
    set +m
    cargo test --locked --no-fail-fast -- --skip simulated::
}

# A history and its database are two threads on one core: as batch work, whoever wakes the other first ends what it is
# about. Each of these tests takes all cores for itself, so one comes after the other.
simulation() {
    # Whatever that had to complain of, the next build says again.
    wait || true
    SIM_HISTORIES="${SIM_HISTORIES:-5000}" chrt --batch 0 "${optimised[@]}" -- --test-threads=1 --show-output
}

# Files are named one by one, because Node 22 no longer takes a folder here and Node 18 takes no pattern.
page_unit_tests() {
    local files=()
    mapfile -t files < <(find tests/page_unit -type f \( -name '*.test.js' -o -name '*.test.mjs' \) | sort)
    [ "${#files[@]}" != 0 ] || die "tests/page_unit holds no *.test.js or *.test.mjs"
    node --test "${files[@]}"
}

trap finish EXIT
mkdir -p target

step "What this machine needs" install_missing
step "Rust" check_rust
step "Format" cargo fmt --check
# Clippy goes before the build, because it finds more and compiles less. Both use the dev profile and the same flags, so
# that macros and build scripts are compiled once, and the documentation reuses what Clippy made of the dependencies.
step "Lints" cargo clippy --all-targets --locked -- -D warnings
step "Build the tests" cargo test --locked --no-run
if [ -f tests/requirements.txt ]; then step "Python: Slack's SDK, linters" python_environment; fi
step "Slack's Node SDK" node_packages
if uses_postgres; then step "Postgres" start_postgres; fi
step "Tests" tests
step "Simulation" simulation
if [ -d tests/page_unit ]; then step "The page's own tests" page_unit_tests; fi

# `--examples` only makes cargo resolve the features as the lints did (with the dev-dependencies); without it, it would
# check a good third of the dependencies once more.
step "Documentation" env RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --lib --examples --locked
all_done=yes
