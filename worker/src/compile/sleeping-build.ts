/** For a test that kills it: a process with a build that does nothing for long. Arguments: the walls, and for
 * how many seconds. */
import { type Kind, openBehind, shell } from "./walls.fixture.ts"

await using workshop = await openBehind(process.argv[2] as Kind)
await shell(workshop, `sleep ${process.argv[3]}; exit 0`)
