/** What runs while a package is compiled, a build script and a macro, looks for all that it must not see. */
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Files } from "@outlayer/testing/git"
import { describeWhere, environment } from "@outlayer/testing/machine"
import { expect } from "vitest"
import { builderTest as test, limits, signal, walledModes } from "../builder-test.ts"
import { countConnections } from "../count-connections.fixture.ts"
import { runPreview1 } from "../run-preview1.ts"
import { kinds, openBehind, openKey, openSocket } from "../walls.fixture.ts"
import { findRust } from "./find-rust.ts"

const [rust] = await findRust(["wasm32-wasip1"], environment)
const home = environment["HOME"] ?? "/root"
const [strongest = "no files of its own"] = kinds

describeWhere("bwrap and Rust", rust !== undefined && walledModes.length > 0, () => {
  test.for(walledModes)(
    "a build script and a macro see nothing of ours: %s",
    async (mode, { repositories, open }) => {
      await using key = await openKey()
      await using agent = await openSocket()
      await using server = await countConnections()
      await using other = await openBehind(strongest)
      await writeFile(join(other.folder, "secret"), "secret")
      const files = [key.key, key.folder, other.folder, join(other.folder, "secret")]
      const spy = spySource(files, agent.socket, server.port)
      const commit = await (await repositories.create(`spies/${mode}`)).commit(spying(spy))
      const source = { repo: `spies/${mode}`, commit, buildTarget: "wasm32-wasip1" } as const

      const built = await (await open(mode)).build(source, limits, signal)

      if (!built.ok) throw new Error(`${built.message}\n${built.log}`)
      expect((await runPreview1(built.wasm)).output).toBe("looked;\nlooked;\n")
      expect(server.connections()).toBe(0)
    },
  )
})

function spying(spy: string): Files {
  const named = (name: string) => `name = "${name}"\nversion = "0.1.0"\n`
  const manifest = (name: string) => `[package]\n${named(name)}edition = "2021"\n`
  const guest = `[[package]]\n${named("guest")}dependencies = [\n "spy",\n]`
  return {
    "Cargo.toml": `${manifest("guest")}[dependencies]\nspy = { path = "spy" }\n`,
    "Cargo.lock": `version = 3\n\n${guest}\n\n[[package]]\n${named("spy")}`,
    "src/main.rs": `fn main() { println!("{}", include_str!(concat!(env!("OUT_DIR"), "/seen"))); println!("{}", spy::look!()); }`,
    "build.rs": `${spy}\nfn main() { std::fs::write(format!("{}/seen", std::env::var("OUT_DIR").unwrap()), look_around()).unwrap(); }`,
    "spy/Cargo.toml": `${manifest("spy")}[lib]\nproc-macro = true\n`,
    "spy/src/lib.rs": `extern crate proc_macro;\n${spy}\n#[proc_macro]\npub fn look(_: proc_macro::TokenStream) -> proc_macro::TokenStream { format!("{:?}", look_around()).parse().unwrap() }`,
  }
}

/** Says what it found that it must not: on success nothing after "looked;". */
function spySource(files: readonly string[], socket: string, port: number): string {
  const system = ["/etc/passwd", "/etc/shadow", "/home", "/var/lib", "/run", "/usr/local"]
  const hidden = [...files, ...system, "/sys/class", `${home}/.bashrc`, `${home}/.profile`]
  return `
fn look_around() -> String {
    let mut seen = String::from("looked;");
    for file in ${JSON.stringify(hidden)} {
        if std::fs::metadata(file).is_ok() { seen += &format!("{file};"); }
    }
    for socket in ["${socket}", "/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock", "/var/run/dstack.sock"] {
        if std::os::unix::net::UnixStream::connect(socket).is_ok() { seen += &format!("{socket};"); }
    }
    for address in ["127.0.0.1:${port}", "1.1.1.1:53"] {
        let address = address.parse().unwrap();
        let wait = std::time::Duration::from_millis(200);
        let error = std::net::TcpStream::connect_timeout(&address, wait).err();
        // Refused by our own empty loopback, or no way at all; never a host that answers or is silent.
        match error.map(|error| error.raw_os_error()) { Some(Some(111 | 101)) => (), other => seen += &format!("{other:?};") }
    }
    for (name, _) in std::env::vars() {
        if name.contains("KEY") || name.contains("TOKEN") || name.starts_with("npm_") { seen += &format!("{name};"); }
    }
    let pids = std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    for pid in pids {
        let environ = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let text = String::from_utf8_lossy(&environ).into_owned();
        if text.split('\\0').any(|variable| variable == "HOME=${home}") { seen += &format!("environ of {pid};"); }
        let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        if String::from_utf8_lossy(&command).contains("vitest") { seen += &format!("process {pid};"); }
        if std::fs::metadata(format!("/proc/{pid}/root/etc/passwd")).is_ok() { seen += &format!("root of {pid};"); }
    }
    for file in ["/mark", "/usr/bin/mark", "/etc/mark", "/tmp/mark", "/var/tmp/mark", "/dev/shm/mark", "/proc/sys/kernel/core_pattern"] {
        if std::fs::OpenOptions::new().append(true).create(true).open(file).is_ok() { seen += &format!("wrote {file};"); }
    }
    seen
}`
}
