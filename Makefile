# Two commands are enough: `make serve` and `make test`. Both install what is missing first.

# The site's base path; `./` works under any.
PUBLIC_URL ?= ./
# How long `make fuzz` looks, and where chance begins.
SECS ?= 60
SEED ?= 1
export PATH := $(or $(CARGO_HOME),$(HOME)/.cargo)/bin:$(CURDIR)/node_modules/.bin:$(PATH)
WASM := --target wasm32-unknown-unknown

.PHONY: serve build test test-native test-browser test-page test-kernel size fmt fmt-check lint fuzz release release-site audit bench bench-wasm bench-page clean setup schema schema-check

serve: ## Serve the site with reload on change, and open it.
	scripts/setup.sh wasm trunk npm
	trunk serve --open

build: ## The release site, in dist/.
	scripts/setup.sh wasm trunk npm
	trunk build --release --public-url '$(PUBLIC_URL)'

test: setup fmt-check lint test-native test-browser size test-page ## Everything that must hold, fastest first.

setup:
	scripts/setup.sh

fmt:
	cargo fmt

fmt-check:
	cargo fmt --check

lint: ## Warnings are errors: for the host, for the browser, for the editor.
	scripts/setup.sh rust wasm npm
	cargo clippy --locked --all-targets -- -D warnings
	cargo clippy --locked $(WASM) --lib --bins --test browser -- -D warnings
	tsc -p .

test-native:
	cargo test --locked

test-kernel: ## Ask a Linux kernel whether it agrees (root; says so and ends well elsewhere).
	scripts/setup.sh kernel
	cargo test --locked --test kernel

test-browser: ## Components, in headless Chromium.
	scripts/setup.sh wasm browser
	cargo test --locked $(WASM) --test browser

size: build ## What the page fetches before its first packet, against the budget.
	node scripts/size.mjs dist

test-page: build ## The built site, as a person uses it.
	scripts/setup.sh npm browser
	node --test tests/page/*.test.mjs

fuzz: ## Inputs without end for SECS seconds; what is found lies in target/fuzz/.
	cargo test --locked --profile fuzz --test fuzz -- $(SECS) $(SEED)

schema: ## Write the schema data and the hover texts anew from the types of k8s-openapi.
	cargo run --locked --quiet --manifest-path tools/schema/Cargo.toml

schema-check: ## Say whether they are what the generator writes.
	cargo run --locked --quiet --manifest-path tools/schema/Cargo.toml -- --check

release: release-site ## What a release holds for this machine, in target/release-files/.
	cargo build --locked --profile bench --bin kubehop
	node scripts/release.mjs command
	node scripts/release.mjs sums

release-site: build ## The site as a zip, and what it is made of.
	node scripts/release.mjs site

audit: ## Licences, sources and known weaknesses of what is depended on (asks the network).
	scripts/setup.sh deny
	cargo deny --locked check
	npm audit --audit-level=high

bench:
	cargo bench --locked

bench-wasm: ## The same as WebAssembly, built as the page is, in Node.
	scripts/setup.sh wasm npm
	cargo build --locked --release $(WASM) --bench net
	node benches/wasm.mjs

bench-page: build ## How fast the built site is, in a browser.
	scripts/setup.sh npm browser
	node benches/page.mjs

clean:
	trunk clean || rm -rf dist
	cargo clean
	rm -rf .cache
