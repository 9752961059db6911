/**
 * A vitest reporter whose last lines say what did not run, and count what did. Under CI a suite
 * that was left out for want of a program makes the run red: CI installs them all.
 * The files with a failure are written, a line each, where FAILED_FILES names a file.
 */
import { writeFileSync } from "node:fs"
import type { Reporter, TestCase, TestModule, TestSuite } from "vitest/node"
import { WHERE } from "./machine.ts"

export default class ClosingLines implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const skipped = tests.filter((test) => test.result().state === "skipped")
    const leftOut = new Set(skipped.map(describePath))
    for (const path of leftOut) print(`not run: ${path}`)
    if (process.env["CI"] && skipped.some((test) => leftOutSuite(test)?.name.startsWith(WHERE))) {
      print("CI must run every path: install what the lines above name")
      process.exitCode = 1
    }
    const count = (state: string) => tests.filter((test) => test.result().state === state).length
    // A module that could not be loaded has failed, though it counts no test.
    const broken = modules.filter((module) => module.errors().length > 0).length
    const list = process.env["FAILED_FILES"]
    if (list)
      writeFileSync(
        list,
        modules
          .filter((module) => !module.ok())
          .map(toLine)
          .join(""),
      )
    print(
      `${count("passed")} passed, ${count("failed") + broken} failed, ${skipped.length} skipped`,
    )
  }
}

function toLine({ relativeModuleId }: TestModule): string {
  return `${relativeModuleId}\n`
}

/** A suite left out whole is one path; a single test gives its reason. */
function describePath(test: TestCase): string {
  const result = test.result()
  const note = result.state === "skipped" && result.note ? ` (${result.note})` : ""
  const { fullName } = leftOutSuite(test) ?? test
  return `${test.module.relativeModuleId}: ${fullName}${note}`
}

/** The outermost suite that was left out with the test in it. */
function leftOutSuite(test: TestCase): TestSuite | undefined {
  let found: TestSuite | undefined
  for (let at = test.parent; at.type === "suite"; at = at.parent) {
    if (at.options.mode === "skip") found = at
  }
  return found
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
