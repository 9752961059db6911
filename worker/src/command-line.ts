/** What commands of the repository have in common. */

/**
 * Where the caller stands: npm and pnpm run a script in the folder of its package. `script` is its
 * name there; another's environment, inherited, says nothing of us.
 */
export function callersFolder(
  script: string,
  env: NodeJS.ProcessEnv,
  here: string = process.cwd(),
): string {
  return (env["npm_lifecycle_event"] === script && env["INIT_CWD"]) || here
}
