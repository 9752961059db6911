/** What a build and a fetch see of this machine, behind every kind of wall that gives them files of their own. */
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { readFile, realpath, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { describeWhere } from "@outlayer/testing/machine"
import { describe, expect, test } from "vitest"
import { kinds, openBehind, openKey, openSocket, shell } from "./walls.fixture.ts"

describe.for(kinds.filter((kind) => kind !== "no files of its own"))("%s", (kind) => {
  test("a build sees its own folder and the tools, and no other file", async () => {
    await using workshop = await openBehind(kind)

    const { stdout } = await shell(
      workshop,
      "ls -d /* /etc/* /usr/local /var /run /root /home /tmp/* 2>/dev/null",
    )

    const seen = stdout.trim().split("\n")
    const system = ["/bin", "/build", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/usr"]
    const linker = ["/etc/alternatives", "/etc/ld.so.cache"]
    expect(seen.filter((path) => ![...system, ...linker].includes(path))).toEqual([])
  })

  test("a build has no network and no way to a server of ours", async () => {
    await using server = await listen()
    await using workshop = await openBehind(kind)

    const script = `(exec 3<>/dev/tcp/127.0.0.1/${server.port}) && echo reached; ls /sys/class/net 2>/dev/null; cat /proc/net/dev | grep -v lo:`
    const { stdout } = await workshop.run({
      program: "/bin/bash",
      args: ["-c", script],
      cwd: "/build",
      readOnly: [],
    })

    expect(stdout).not.toContain("reached")
    expect(stdout.trim().split("\n")).toHaveLength(2)
  })

  test("a build sees no process, no variable and no name of ours", async () => {
    await using workshop = await openBehind(kind)

    const { stdout } = await shell(
      workshop,
      "cat /proc/[0-9]*/environ | tr '\\0' '\\n'; uname -n; id -u; ls -d /proc/[0-9]* | wc -l",
    )

    const lines = stdout.trim().split("\n")
    expect(lines.slice(-3, -1)).toEqual(["build", "65534"])
    expect(Number(lines.at(-1))).toBeLessThan(8)
    const names = lines.slice(0, -3).map((line) => line.split("=")[0])
    const own = ["HOME", "TMPDIR", "PATH", "LC_ALL", "PWD", "SHLVL", "_", "OLDPWD"]
    expect(names.filter((name) => name !== undefined && !own.includes(name))).toEqual([])
  })

  test("a build can write nowhere but in its own folder, and not into the kernel", async () => {
    await using workshop = await openBehind(kind)
    const files = ["/x", "/usr/x", "/usr/bin/x", "/dev/x", "/dev/shm/x", "/etc/x", "/build/x"]
    files.push("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/vm/drop_caches")

    const writes = files.map((file) => `(: >>${file}) 2>/dev/null && echo ${file}`)
    const { stdout } = await shell(
      workshop,
      `${writes.join("; ")}; mount -t tmpfs x /build/tmp 2>&1`,
    )

    expect(stdout.split("\n").filter((line) => line.startsWith("/"))).toEqual(["/build/x"])
  })

  test.for([false, true])("no socket of this machine is reached, fetching: %s", async (isFetch) => {
    await using agent = await openSocket()
    await using workshop = await openBehind(kind)
    const node = await realpath(process.execPath)
    const script = `require("net").connect(${JSON.stringify(agent.socket)})
      .on("connect", () => { console.log("reached"); process.exit() })
      .on("error", ({ code }) => console.log(code))`
    const root = isFetch ? workshop.folder : workshop.inside
    const step = { program: node, args: ["--eval", script], cwd: root, readOnly: [node], isFetch }

    const { stdout } = await workshop.run(step)
    const control = await promisify(execFile)(node, ["--eval", script])

    expect(stdout).toMatch(/^E[A-Z]+\n$/)
    expect(control.stdout).toBe("reached\n")
  })

  test("a fetch sees how to reach the network, and no file of ours", async () => {
    await using ours = await openKey()
    await using other = await openBehind(kind)
    await writeFile(join(other.folder, "secret"), "secret")
    await using workshop = await openBehind(kind)
    const files = [ours.key, join(other.folder, "secret"), "/etc/shadow", "/etc/passwd"]
    files.push(`/proc/${process.pid}/environ`, fileURLToPath(import.meta.url))
    const folders = ["/root", "/home", "/run", "/var", "/etc/ssl/private", ours.folder]
    folders.push(other.folder)

    const look = `cat ${files.join(" ")}; ls -d ${folders.join(" ")}; head -c 1 /etc/hosts`
    const { stdout } = await shell(workshop, `(${look}) 2>/dev/null; exit 0`, true)

    const [first] = await readFile("/etc/hosts", "utf8")
    expect(stdout).toBe(first)
  })

  test("two builds at the same time see nothing of each other", async () => {
    await using one = await openBehind(kind)
    await using other = await openBehind(kind)
    const running = shell(
      one,
      "echo secret > mine; chmod 777 . mine; until [ -e end ]; do sleep 0.1; done",
    )
    await expect.poll(() => existsSync(join(one.folder, "mine"))).toBe(true)

    const look = `cat ${one.folder}/mine; ls -d /tmp ${one.folder}; cat /proc/[0-9]*/cmdline`
    const { stdout } = await shell(other, `(${look}) 2>/dev/null | tr '\\0' ' '`)

    await writeFile(join(one.folder, "end"), "")
    expect(stdout).not.toMatch(/secret|until|\/tmp$/m)
    expect((await running).exitCode).toBe(0)
  })
})

/** bubblewrap brings its own way to install a filter; for all others perl does. */
describeWhere("perl", existsSync("/usr/bin/perl"), () => {
  test.for(kinds)("a build is under a filter, and so is what it starts: %s", async (kind) => {
    await using workshop = await openBehind(kind)

    const script = "unshare --user true 2>&1; grep ^Seccomp: /proc/self/status; (exit 7); echo $?"
    const { stdout } = await shell(workshop, script)

    expect(stdout.split(/\s+/).slice(-4, -1)).toEqual(["Seccomp:", "2", "7"])
    expect(stdout).toContain("Operation not permitted")
  })

  test.for(kinds)(
    "neither a build nor a fetch makes a socket to a server of this machine: %s",
    async (kind) => {
      for (const isFetch of [false, true]) {
        await using workshop = await openBehind(kind)

        const make = (family: string) =>
          `print socket(my $socket, ${family}, SOCK_STREAM, 0) ? "made" : "$!", "\n";`
        const script = `perl -MSocket -e '${make("PF_UNIX")} ${make("PF_INET")}'`
        const { stdout } = await shell(workshop, script, isFetch)

        expect(stdout).toBe("Operation not permitted\nmade\n")
      }
    },
  )
})

async function listen() {
  const server = createServer((socket) => socket.end())
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  const close = async () => {
    server.close()
  }
  return { port: address.port, [Symbol.asyncDispose]: close }
}
