#!/usr/bin/env bash
# Installs what a fresh machine lacks, and nothing else: quick when all is there.
#
#   scripts/setup.sh [rust] [wasm] [trunk] [npm] [browser] [deny] [kernel]     (default: all but the last two)
#
#   rust     rustfmt and clippy
#   wasm     the wasm32 target, wasm-bindgen and its test runner, the crates (Trunk builds without a network)
#   trunk    the bundler of the site
#   npm      the editor's packages, esbuild, wasm-opt, xz, the page tests' driver
#   browser  Chromium and its driver, for the tests
#   deny     cargo-deny (only by name)
#   kernel   iproute2, iptables and nftables, to ask the kernel (only by name; without root or apt-get it does nothing)
set -euo pipefail
cd "$(dirname "$0")/.."

# The version that Cargo.lock holds: wasm-bindgen refuses any other.
WASM_BINDGEN=$(grep -A1 '^name = "wasm-bindgen"$' Cargo.lock | sed -n 's/^version = "\(.*\)"/\1/p')
TRUNK=0.21.14
CARGO_DENY=0.20.2
CARGO_BIN="${CARGO_HOME:-$HOME/.cargo}/bin"
export PATH="$CARGO_BIN:$PATH"

say() { printf 'setup: %s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }
fail() { say "$*"; exit 1; }
# Whether `$1 --version` names exactly version $2.
is_at() { have "$1" && "$1" --version 2>/dev/null | grep -qF " $2"; }
# As root where the machine is not ours as we are.
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

need_cargo() { have cargo || fail "cargo is missing: install Rust from https://rustup.rs"; }

setup_rust() {
  need_cargo
  have rustup || return 0
  local installed
  installed=$(rustup component list --installed 2>/dev/null)
  for part in rustfmt clippy; do
    grep -q "^$part" <<<"$installed" || { say "adding $part"; rustup component add "$part"; }
  done
}

setup_wasm() {
  need_cargo
  if [ ! -d "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib" ]; then
    say "adding the target wasm32-unknown-unknown"
    rustup target add wasm32-unknown-unknown
  fi
  if ! is_at wasm-bindgen "$WASM_BINDGEN" || ! have wasm-bindgen-test-runner; then
    say "installing wasm-bindgen-cli $WASM_BINDGEN (takes a minute or two)"
    cargo_install wasm-bindgen-cli "$WASM_BINDGEN"
  fi
  cargo fetch --locked --quiet
}

setup_trunk() {
  need_cargo
  if ! is_at trunk "$TRUNK"; then
    say "installing trunk $TRUNK (takes some minutes)"
    cargo_install trunk "$TRUNK"
  fi
}

setup_deny() {
  need_cargo
  if ! is_at cargo-deny "$CARGO_DENY"; then
    say "installing cargo-deny $CARGO_DENY (takes some minutes)"
    cargo_install cargo-deny "$CARGO_DENY"
  fi
}

# Tools are built outside the project: its toolchain file and .cargo/config.toml are not theirs.
cargo_install() {
  (cd / && env -u CARGO_TARGET_DIR -u CARGO_BUILD_TARGET -u RUSTFLAGS cargo install --locked --force --version "$2" "$1")
}

setup_npm() {
  have node && have npm || fail "node and npm are missing: install Node.js 20 or later"
  # npm writes this copy of the lock file when it is done, so an interrupted install is seen.
  local stamp=node_modules/.kubehop-lock
  if ! cmp -s package-lock.json "$stamp"; then
    say "installing npm packages"
    npm ci --no-audit --no-fund --loglevel=error
    cp package-lock.json "$stamp"
  fi
  # A release packs the engine with it.
  if ! have xz; then
    have apt-get || { say "xz is missing (package xz or xz-utils): release builds leave the engine unpacked"; return 0; }
    say "installing xz-utils"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends xz-utils >/dev/null
  fi
}

setup_browser() {
  local packages=()
  have chromium || have google-chrome || packages+=(chromium)
  have chromedriver || packages+=(chromium-driver)
  # The screenshots and the Korean tests need Korean letters.
  if have fc-list && ! fc-list :lang=ko 2>/dev/null | grep -q .; then packages+=(fonts-noto-cjk); fi
  [ ${#packages[@]} -gt 0 ] || return 0
  have apt-get || fail "missing: ${packages[*]}; install Chromium and ChromeDriver by hand"
  say "installing ${packages[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
}

# What the kernel agreement needs is nice to have: it skips itself where anything is missing.
setup_kernel() {
  if have ip && have iptables-restore && have nft; then return 0; fi
  if [ "$(uname -s)" != Linux ] || [ "$(id -u)" != 0 ] || ! have apt-get; then return 0; fi
  say "installing iproute2 iptables nftables"
  if ! { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends iproute2 iptables nftables >/dev/null; }; then
    say "could not install them; the kernel is not asked"
  fi
}

[ $# -gt 0 ] || set -- rust wasm trunk npm browser
for part in "$@"; do
  case "$part" in
    rust | wasm | trunk | npm | browser | deny | kernel) "setup_$part" ;;
    *) fail "no such part: $part (rust, wasm, trunk, npm, browser, deny, kernel)" ;;
  esac
done
