#!/usr/bin/env bash
# A Rust compiler for wasm32-wasip1 from Debian's packages alone, for machines without rustup:
# rustc-web compiles the standard library from its own sources. Nothing is downloaded.
#
#   apt-get install --no-install-recommends rustc-web cargo-web rust-web-src rust-web-llvm lld-22 wasi-libc
#   scripts/rust-wasm-sysroot.sh [FOLDER]     then FOLDER/bin/rustc is that compiler
#
# Half a minute on two cores; nothing where FOLDER already has it for this rustc.
set -euo pipefail
target=wasm32-wasip1
folder=${1:-/var/cache/outlayer/rust-$target}
rustc=/usr/bin/rustc
version=$("$rustc" -vV)
if [[ -f $folder/version && $(<"$folder/version") == "$version" ]]; then exit 0; fi

base=$("$rustc" --print sysroot)
sources=$(readlink -f "$base/lib/rustlib/src/rust")
libc=/usr/lib/wasm32-wasi
mkdir -p "$(dirname "$folder")"
new=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$new"' EXIT

# Cargo builds a standard library only along with a crate that needs one.
work=$new/work
mkdir -p "$work/src"
echo '#![no_std]' >"$work/src/lib.rs"
printf '[package]\nname = "nothing"\nversion = "0.0.0"\nedition = "2021"\n' >"$work/Cargo.toml"
mkdir "$work/cargo-home"
cat >"$work/cargo-home/config.toml" <<END
[source.crates-io]
replace-with = "own"
[source.own]
directory = "$sources/library/vendor"
END
# The bootstrap flag is for the standard library alone; guests are built by a plain stable compiler.
# Bitcode serves programs with lto; a folder's own name must not end up in the libraries.
(
  cd "$work"
  export CARGO_HOME=$work/cargo-home CARGO_NET_OFFLINE=true RUSTC=$rustc RUSTC_BOOTSTRAP=1
  export RUSTFLAGS="-Cembed-bitcode=yes --remap-path-prefix=$work=/work"
  /usr/bin/cargo build --quiet --release --target "$target" \
    -Zbuild-std=std,panic_abort,proc_macro,test -Zbuild-std-features=panic-unwind,compiler-builtins-mem
)

own=$new/lib/rustlib/$target/lib
mkdir -p "$own/self-contained" "$new/bin"
for library in "$work/target/$target/release/deps/"*.rlib; do
  [[ $library == */libnothing-* ]] || cp "$library" "$own/"
done
cp "$libc"/{crt1-command.o,crt1-reactor.o,libc.a} "$own/self-contained/"
# Build scripts and macros run on this machine: its own libraries stay Debian's.
for part in "$base/lib/rustlib/"*; do
  [[ -e $new/lib/rustlib/${part##*/} ]] || ln -s "$part" "$new/lib/rustlib/"
done
printf '#!/bin/sh\nexec %q --sysroot %q "$@"\n' "$rustc" "$folder" >"$new/bin/rustc"
chmod 755 "$new" "$new/bin/rustc"
rm -rf "$work"
echo "$version" >"$new/version"
rm -rf "$folder"
mv "$new" "$folder"
