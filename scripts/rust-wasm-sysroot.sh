#!/usr/bin/env bash
# A Rust compiler for wasm32-wasip1 and wasm32-wasip2 from Debian's packages alone, for machines without
# rustup: rustc-web compiles the standard library from its own sources. Nothing is downloaded.
#
#   apt-get install --no-install-recommends rustc-web cargo-web rust-web-src rust-web-llvm lld-22 wasi-libc
#   scripts/rust-wasm-sysroot.sh [FOLDER]     then FOLDER/bin/rustc is that compiler
#
# A minute or two on two cores; nothing where FOLDER already has it for this rustc.
set -euo pipefail
targets=(wasm32-wasip1 wasm32-wasip2)
folder=${1:-/var/cache/outlayer/rust-wasm}
rustc=/usr/bin/rustc
version=$("$rustc" -vV)
if [[ -f $folder/version && $(<"$folder/version") == "$version" ]]; then exit 0; fi

base=$("$rustc" --print sysroot)
sources=$(readlink -f "$base/lib/rustlib/src/rust")
# Debian's is of 2022: with preview 2's adapter it opens no files. Newer ones may be named.
libc=${WASI_LIBC:-/usr/lib/wasm32-wasi}
mkdir -p "$(dirname "$folder")"
new=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$new"' EXIT

# Cargo builds a standard library only along with a crate that needs one.
work=$new/work
mkdir -p "$work/src" "$work/cargo-home" "$new/bin" "$new/lib/rustlib"
echo '#![no_std]' >"$work/src/lib.rs"
printf '[package]\nname = "nothing"\nversion = "0.0.0"\nedition = "2021"\n' >"$work/Cargo.toml"
cp -rs "$sources/library/vendor" "$work/vendor"
cat >"$work/cargo-home/config.toml" <<END
[source.crates-io]
replace-with = "own"
[source.own]
directory = "$work/vendor"
END
# Build scripts and macros run on this machine: its own libraries stay Debian's.
for part in "$base/lib/rustlib/"*; do
  [[ " ${targets[*]} " == *" ${part##*/} "* ]] || ln -s "$part" "$new/lib/rustlib/"
done

# wasip2's library wants an archive of two weak symbols, which Debian has taken out of the sources since it is
# binary: made anew from what it says it holds.
make_weak_symbols() {
  local crate version name
  crate=$(echo "$work"/vendor/wit-bindgen-*)
  version=${crate##*wit-bindgen-}
  name=cabi_realloc_wit_bindgen_${version//./_}
  local parameters="old: *mut u8, old_length: usize, align: usize, length: usize"
  cat >"$crate/src/rt/wit_bindgen_cabi_realloc.rs" <<END
#[unsafe(no_mangle)]
unsafe extern "C" fn $name($parameters) -> *mut u8 {
    unsafe { crate::rt::cabi_realloc(old, old_length, align, length) }
}
END
  cat >"$work/weak.rs" <<END
#![no_std]
#![feature(linkage)]
unsafe extern "C" {
    fn $name($parameters) -> *mut u8;
}
#[linkage = "weak"]
#[unsafe(no_mangle)]
unsafe extern "C" fn cabi_realloc($parameters) -> *mut u8 {
    unsafe { $name(old, old_length, align, length) }
}
static mut TASK: *mut u8 = core::ptr::null_mut();
#[linkage = "weak"]
#[unsafe(no_mangle)]
unsafe extern "C" fn wasip3_task_set(task: *mut u8) -> *mut u8 {
    unsafe {
        let last = TASK;
        TASK = task;
        last
    }
}
END
  # Any wasm target's core does, and preview 1's is there.
  RUSTC_BOOTSTRAP=1 "$rustc" --sysroot "$new" --target wasm32-wasip1 --edition 2024 --crate-type lib --emit obj \
    -O -C panic=abort -C codegen-units=1 "$work/weak.rs" -o "$work/weak.o"
  local archiver
  archiver=$(command -v llvm-ar || ls /usr/bin/llvm-ar-* | tail -1)
  "$archiver" crs "$crate/src/rt/libwit_bindgen_cabi.a" "$work/weak.o"
}

# The bootstrap flag is for the standard library alone; guests are built by a plain stable compiler.
# Bitcode serves programs with lto; a folder's own name must not end up in the libraries.
for target in "${targets[@]}"; do
  [[ $target == *wasip2 ]] && make_weak_symbols
  (
    cd "$work"
    export CARGO_HOME=$work/cargo-home CARGO_NET_OFFLINE=true RUSTC=$rustc RUSTC_BOOTSTRAP=1
    export RUSTFLAGS="-Cembed-bitcode=yes --remap-path-prefix=$work=/work"
    /usr/bin/cargo build --quiet --release --target "$target" \
      -Zbuild-std=std,panic_abort,proc_macro,test -Zbuild-std-features=panic-unwind,compiler-builtins-mem
  )
  own=$new/lib/rustlib/$target/lib
  mkdir -p "$own/self-contained"
  for library in "$work/target/$target/release/deps/"*.rlib; do
    [[ $library == */libnothing-* ]] || cp "$library" "$own/"
  done
  # Preview 1's serves preview 2, too: the linker puts its adapter before it.
  cp "$libc"/{crt1-command.o,crt1-reactor.o,libc.a} "$own/self-contained/"
done

printf '#!/bin/sh\nexec %q --sysroot %q "$@"\n' "$rustc" "$folder" >"$new/bin/rustc"
chmod 755 "$new" "$new/bin/rustc"
rm -rf "$work"
echo "$version" >"$new/version"
rm -rf "$folder"
mv "$new" "$folder"
