import { createLogger, untilSignal } from "@outlayer/service"
import { readConfig } from "./config.ts"
import { openKeystore } from "./keystore.ts"

const config = readConfig(process.env)
const log = createLogger("keystore", config.LOG_LEVEL)

await using keystore = await openKeystore(config, log)
const address = await keystore.app.listen({ host: config.SERVER_HOST, port: config.SERVER_PORT })
log.info({ address, teeMode: config.TEE_MODE }, "listening")

const signal = await Promise.race([untilSignal(), keystore.failed])
log.info({ signal }, "shutting down")
