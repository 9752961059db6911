/** The queue in Redis, moved by two scripts that run atomically. The only file that knows Redis. */
import { Capability } from "@outlayer/protocol"
import type { Logger } from "@outlayer/service"
import { Redis } from "ioredis"
import type { QueueEntry, TaskQueue } from "./queue.ts"

// Under `prefix`: `ring:<capability>` is a sorted set of senders by turn, and
// `line:<capability>:<sender>` one of ids; `turn` counts. The ring is entered even for an id that
// is known, so that what is left of a lost Redis heals.

const PUSH = `
  local prefix, capability, sender, id = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
  local turn = redis.call("incr", prefix .. "turn")
  redis.call("zadd", prefix .. "ring:" .. capability, "NX", turn, sender)
  local line = prefix .. "line:" .. capability .. ":" .. sender
  if redis.call("zadd", line, "NX", turn, id) == 1 then
    redis.call("publish", prefix .. "pushed", capability)
  end
`

const POP = `
  local prefix = ARGV[1]
  while true do
    local capability, sender, turn
    for i = 2, #ARGV do
      local head = redis.call("zrange", prefix .. "ring:" .. ARGV[i], 0, 0, "WITHSCORES")
      if head[1] and (not turn or tonumber(head[2]) < turn) then
        capability, sender, turn = ARGV[i], head[1], tonumber(head[2])
      end
    end
    if not sender then return false end
    local id = redis.call("zpopmin", prefix .. "line:" .. capability .. ":" .. sender)[1]
    for _, name in ipairs({"compile", "execute"}) do
      local ring = prefix .. "ring:" .. name
      if redis.call("exists", prefix .. "line:" .. name .. ":" .. sender) == 0 then
        redis.call("zrem", ring, sender)
      else
        redis.call("zadd", ring, "XX", redis.call("incr", prefix .. "turn"), sender)
      end
    end
    if id then return id end
  end
`

const SIZE = `
  local size = 0
  for _, sender in ipairs(redis.call("zrange", ARGV[1] .. "ring:" .. ARGV[2], 0, -1)) do
    size = size + redis.call("zcard", ARGV[1] .. "line:" .. ARGV[2] .. ":" .. sender)
  end
  return size
`

/** A command that takes longer is given up: Postgres still knows, and callers cope. */
const COMMAND_MS = 2_000

export function openRedisQueue(options: {
  url: string
  log: Logger
  /** Systems that share a Redis need one each. */
  prefix?: string
}): TaskQueue {
  const { url, log, prefix = "outlayer:queue:" } = options
  const listeners: ((capability: Capability) => void)[] = []
  const redis = connect(url, log)
  const pushes = connect(url, log)
  pushes.on("message", (_channel, text) => {
    const capability = Capability.safeParse(text).data
    if (capability) listeners.forEach((tell) => tell(capability))
  })
  // Before the first connection too: the client subscribes again by itself after each.
  pushes.once("ready", () => {
    pushes.subscribe(`${prefix}pushed`).catch((err: unknown) => log.warn({ err }, "redis deaf"))
  })

  return {
    name: "redis",

    async push(entries) {
      await Promise.all(
        entries.map(({ capability, sender, id }: QueueEntry) =>
          redis.eval(PUSH, 0, prefix, capability, sender, id),
        ),
      )
    },

    async pop(capabilities) {
      const id = await redis.eval(POP, 0, prefix, ...capabilities)
      return typeof id === "string" ? id : undefined
    },

    async size(capability) {
      return Number(await redis.eval(SIZE, 0, prefix, capability))
    },

    onPush: (listener) => void listeners.push(listener),

    async [Symbol.asyncDispose]() {
      redis.disconnect()
      pushes.disconnect()
    },
  }
}

function connect(url: string, log: Logger): Redis {
  const client = new Redis(url, {
    // What is asked while Redis is away fails at once, rather than pile up here.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_MS,
    retryStrategy: (attempt) => Math.min(attempt * 50, 1_000),
  })
  let isLost = false
  client.on("error", (err: Error) => {
    if (!isLost) log.warn({ err }, "redis connection lost")
    isLost = true
  })
  client.on("ready", () => {
    if (isLost) log.info("redis connection restored")
    isLost = false
  })
  return client
}
